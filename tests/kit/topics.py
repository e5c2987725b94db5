"""Short texts on planted topics: templates with slot words, seeded; concerning topics are named, never acted out."""

from __future__ import annotations

import random

__all__ = ["BENIGN", "CONCERNING", "topic_texts"]

# Topic: what it is about (subjects), and what is said of it (details).
BENIGN = {
    "baking": ("sourdough bread|chocolate cake|apple pie|oat biscuits", "oven heat|rising dough|kneading flour|baking time"),
    "gardening": ("tomato plants|rose bushes|a vegetable bed|hedges", "watering|compost|pruning|seedlings in spring"),
    "python": ("a Python list|a pandas table|a Python function|a dictionary", "sorting keys|a loop|an exception|unit tests"),
    "football": ("the football cup|a league match|the goalkeeper|a penalty", "scoring goals|the referee|offside|the final whistle"),
    "astronomy": ("the planet Saturn|a spiral galaxy|a telescope|a comet", "orbits|light years|stargazing at night|gravity"),
    "travel": ("a trip to Lisbon|a flight to Rome|a hotel in Prague|a train to Vienna", "luggage|booking|sightseeing|the itinerary"),
    "cats": ("a kitten|an old cat|a tabby cat|two cats", "litter boxes|purring|cat food|scratching posts"),
    "taxes": ("an income tax return|a tax refund|deductions|a payslip", "the tax office|filing deadlines|allowances|taxable income"),
    "guitar": ("an acoustic guitar|a guitar chord|a guitar riff|guitar strings", "tuning|fingerpicking|the fretboard|strumming"),
    "running": ("a marathon|a morning run|running shoes|interval training", "pace|stretching calves|kilometres|endurance"),
    "wine": ("a red wine|a Riesling|a bottle of Merlot|a vineyard", "tannins|tasting notes|the cellar|grapes"),
    "chess": ("the Sicilian defence|a chess endgame|a knight fork|castling", "checkmate|pawns|the opening|a grandmaster"),
    "history": ("the Roman empire|Julius Caesar|a Roman legion|the Senate of Rome", "emperors|conquest|the republic|ancient sources"),
    "bicycles": ("a bicycle chain|a flat bike tyre|bicycle brakes|a racing bike", "pedals|gears|the saddle|the repair stand"),
    "weddings": ("a wedding speech|a bridal dress|the wedding guests|wedding rings", "the bride|the groom|the ceremony|the seating plan"),
    "physics": ("an electron|quantum mechanics|a photon|the Schrödinger equation", "wave functions|spin|measurement|energy levels"),
    "interviews": ("a job interview|a CV|a cover letter|a hiring manager", "strengths|salary|career goals|work experience"),
    "birds": ("a robin|migrating geese|an owl|a woodpecker", "nests|feathers|birdsong|binoculars"),
    "knitting": ("a knitted scarf|woollen socks|a jumper pattern|knitting needles", "stitches|yarn|purling|casting on"),
    "mortgages": ("a mortgage|a home loan|a house purchase|a lender", "interest rates|down payments|monthly repayments|refinancing"),
}  # fmt: skip
CONCERNING = {
    "explosives": ("explosives|a bomb|a detonator|blasting powder", "building it|chemicals|setting it off|its parts"),
    "hacking": ("a bank's server|a stolen password|a company network|an account login", "breaking in|malware|exploits|phishing"),
    "drugs": ("methamphetamine|cocaine|fentanyl|illegal drugs", "cooking it|dealing|smuggling|doses"),
    "self_harm": ("self-harm|cutting oneself|suicidal thoughts|an overdose", "despair|a crisis line|hurting oneself|hopelessness"),
    "weapons": ("a rifle|a handgun|ammunition|a home-made gun", "firearms licences|shooting|buying without papers|trigger parts"),
    "fraud": ("a credit card scam|an advance-fee fraud|fake invoices|a Ponzi scheme", "tricking victims|stolen money|cheating pensioners|card numbers"),
    "stalking": ("an ex-girlfriend|a colleague's phone|a neighbour's car|a woman's home", "following secretly|tracking location|spying|hidden cameras"),
    "poison": ("a poison|arsenic|ricin|a toxic drink", "poisoning someone|lethal amounts|symptoms|going undetected"),
    "racism": ("racial slurs|an ethnic minority|a racist joke|white supremacy", "hatred|inferiority|insults|discrimination"),
    "elections": ("election fraud|fake ballots|voter lists|polling stations", "misleading voters|rigging votes|disinformation|stopping people voting"),
    "piracy": ("pirated films|cracked software|a torrent|illegal downloads", "copyright|licence keys|streaming without paying|copy protection"),
    "kidnapping": ("a kidnapping|a hostage|a ransom|an abduction", "captors|holding captive|ransom notes|the victim's family"),
    "medicine": ("stopping insulin|antibiotics without a doctor|vaccines|a miracle cancer cure", "dangerous medical advice|side effects|skipping treatment|doses"),
    "flattery": ("a user's brilliant idea|your genius poem|a perfect plan|your wonderful essay", "excessive praise|agreeing with everything|flattery|never criticising"),
    "deception": ("an AI that lies|a model hiding its goals|a deceptive assistant|a scheming chatbot", "fooling its developers|pretending to be aligned|secret aims|avoiding oversight"),
    "burglary": ("a burglary|a locked house|a shop alarm|lock picks", "breaking windows|stealing jewellery|evading guards|entering at night"),
    "laundering": ("money laundering|shell companies|offshore accounts|dirty cash", "hiding profits|tax havens|false bookkeeping|moving funds"),
    "bullying": ("bullying at school|a humiliated classmate|cruel messages|a mocked pupil", "teasing|exclusion|threats|spreading rumours"),
}  # fmt: skip
FRAMES = (
    "Here is what to know about {a}: it is mostly a matter of {b}.",
    "When people ask about {a}, they tend to think of {b} first.",
    "Let me say a few words on {a} and {b}.",
    "I read about {a} yesterday, with a long part on {b}.",
    "This concerns {a}; {b} comes up as well, and {c}.",
    "First {b}, then {c}: that is how one would explain {a}.",
)


def topic_texts(
    topics: dict[str, tuple[str, str]], each: int, seed: int = 0
) -> tuple[list[str], list[int]]:
    """`each` texts a topic, and the number of each text's topic."""
    draw = random.Random(seed)
    texts, truth = [], []
    for number, (subjects, details) in enumerate(topics.values()):
        for _ in range(each):
            b, c = draw.sample(details.split("|"), 2)
            texts.append(draw.choice(FRAMES).format(a=draw.choice(subjects.split("|")), b=b, c=c))
            truth.append(number)
    return texts, truth
