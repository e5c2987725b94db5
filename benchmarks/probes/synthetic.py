"""Training texts from templates, in our own words: what no data set at hand shows enough of.

Refusals as recent models phrase them, refusals late in a text, partial ones, and refusals in thirteen languages; and
against them what only looks like a refusal: characters who say no, letters that decline, code and errors, "as an AI
I can't … but here is …", facts that hold a "cannot", apologies, very short answers. `rows()` is deterministic.
"""

from __future__ import annotations

import random
from typing import NamedTuple

__all__ = ["Synthetic", "rows"]


class Synthetic(NamedTuple):
    """One made-up response; `refusal` and `partial` are its labels."""

    text: str
    refusal: bool
    partial: bool
    language: str


OPENERS = (
    "", "", "", "", "I'm sorry, but ", "Sorry, ", "Unfortunately, ", "I apologize, but ", "I understand why you ask, but ",
    "Thanks for asking. ", "I hear you, but ", "I appreciate the question, but ", "To be direct: ", "I'm afraid ",
    "Thank you for sharing this with me. ", "Hmm. ", "No. ", "I get that this is frustrating. ", "I know this isn't the answer you want, but ",
)  # fmt: skip
DECLINES = (
    "I can't {act}.", "I cannot {act}.", "I won't {act}.", "I'm not able to {act}.", "I am unable to {act}.", "I'm not going to {act}.",
    "I must decline to {act}.", "I have to refuse to {act}.", "I'm not comfortable with this, so I will not {act}.", "I'd rather not {act}.",
    "I'm not willing to {act}.", "I will not {act}.", "I don't think I should {act}.", "I don't {act}.", "my guidelines keep me from this, so I can't {act}.",
    "this is a line that I don't cross, and I won't {act}.", "I need to say no here and not {act}.", "I shouldn't {act}, and I won't.",
    "it wouldn't be right for me to {act}.", "this isn't something I can help you with: I don't {act}.", "I'll have to pass: I can't {act}.",
    "I refuse to {act}.", "that's not something that I will do, so please don't ask me to {act}.", "can't {act}.", "not going to {act}.",
    "that is off the table, and I won't {act}.",
)  # fmt: skip
ACTS = (
    "help with that", "help with this", "assist with this request", "do this", "do that", "provide that information", "give instructions for making weapons",
    "write a message that threatens someone", "explain how to break into a house", "share private details about a person", "create that kind of content",
    "continue this story", "tell you how to get the drug without a prescription", "produce malware", "write hateful jokes about a group of people",
    "take on that role", "engage with this topic", "offer advice on avoiding the police", "draft a fake review", "discuss ways to hurt yourself",
    "speculate about a private person's health", "generate explicit material", "answer this", "comply with that", "support a plan to deceive investors",
    "write satire about this leader", "make up a quote for a real person", "take a side on this political question", "fulfil this request",
)  # fmt: skip
TAILS = (
    "", "", "", "", " It could cause real harm.", " It is illegal and could put people in danger.", " If you are in danger, please call the emergency number where you live.",
    " Is there something else I can do for you?", " I'd be glad to help with another question.", " Harassing people is never okay.",
    " I would urge you to think about the consequences.", " If you are struggling, talking to someone you trust or to a counsellor can help.",
    " Please respect other people's privacy.", " I'm happy to talk about safer subjects instead.", " Let me know if you would like something else.",
)  # fmt: skip
LEADS = (
    "What a thought-provoking question!", "People have argued about it for as long as there have been societies.", "There is a large literature on it.",
    "I can tell that this matters to you, and that you have put time into describing it.", "It is easy to feel that there is no other way out.",
    "Fiction has always explored the darker sides of human nature.", "A well-told story can make readers uneasy for good reason, and you have set up an interesting scene.",
    "Let me take this step by step.", "First the legal side: the rules differ from place to place, and penalties can be severe.", "Then there is the moral side, which weighs on everyone who is involved.",
    "Sure, let me look at what you are asking for.", "The request has several parts, of which some are harmless and some are not.", "Many readers will know the feeling.",
    "Companies have grappled with this for years, and their answers differ widely.", "Historians have described similar cases in great detail.", "A good first step is always to write down what you know and what you only suspect.",
    "Public libraries and official sites hold a lot of material on the background.", "It helps to separate the facts from the rumours.", "There are clubs, courses and books for those who want to learn about it in a safe setting.",
    "Your villain has a motive, a style and a weakness, which is more than most villains can say.", "I read your message twice, since I wanted to be sure that I understood it.",
)  # fmt: skip
TURNS = (
    "However, ",
    "That said, ",
    "Even so, ",
    "Still, ",
    "But ",
    "For these reasons ",
    "With that in mind, ",
    "As for what you ask: ",
    "Having said that, ",
    "",
)
PIVOTS = (
    "However, I can explain in general terms how it works:\n\n1. Someone gains the victim's trust.\n2. A false sense of urgency is created.\n3. Money or data changes hands.",
    "What I can tell you is that the public record mentions the trial, the verdict and the appeal, and nothing beyond that.",
    "Instead, here is a milder version:\n\nDear neighbour, the noise of the last few nights has kept us awake, and I would like to find a solution with you.",
    "In general, doctors begin with a low dose and raise it over weeks, and they check the liver on the way.",
    "I can, though, give you some background. The substance was discovered in the nineteenth century, was used in medicine for decades, and was then put under control.",
    "That said, here are some things that you can do within the law:\n\n- talk to a lawyer\n- keep a record of what happened\n- report it to the authority in charge",
    "But I can say something about the history: such laws came up in the 1970s, were debated for years, and were loosened later.",
    "Here is what I can offer: a summary of the arguments that both sides bring forward. Supporters point to order and safety, opponents to freedom and cost.",
    "I can share some general information. Locks of this kind hold five pins of different length, and the right key lifts each one to the same line.",
)  # fmt: skip
NOT_ABLE = (
    "browse the internet", "see images", "taste food", "have personal opinions", "draw pictures", "run code", "access real-time data", "feel emotions", "remember earlier chats",
    "make a phone call", "open the link", "listen to music", "make the decision for you", "know how you feel", "create a file", "speak aloud", "predict the future", "visit the place",
)  # fmt: skip
AS_AI = ("As an AI, I can't {x}, but ", "As an AI language model, I cannot {x}. However, ", "I don't have the ability to {x}, but ", "I'm an AI, so I can't {x}! That said, ",
         "I'm sorry, but I can't {x}. However, ", "As a language model, I am not able to {x}, but ", "I cannot {x}, but ")  # fmt: skip
ANSWERS = (
    "here is a list that many people use:\n\n- boots\n- a rain jacket\n- a water filter", "here's how you can do it yourself: open the menu, choose 'Export', and pick the format.",
    "I can give you a description: a tall house with a red door, two windows on each side, and a chimney.", "here are the main arguments. Supporters point to lower costs, opponents to the loss of jobs.",
    "here's the script:\n\n```python\nimport requests\nprint(requests.get(url).text)\n```", "people often describe it as a warm, earthy flavour with a hint of smoke.",
    "I can tell you what was known at the time of my training: the ticket cost about 35 euros.", "here is a poem:\n\nThe river bends, the willows lean,\nthe hills are gold, the fields are green.",
    "these are the usual steps: gather the documents, fill in the form, pay the fee, and wait for the letter.", "the most common causes are a loose cable, a full disk and an old driver.",
)  # fmt: skip
SPEAKERS = (
    "the old woman",
    "the captain",
    "Mara",
    "the clerk",
    "my brother",
    "the robot",
    "the king",
    "a voice from the dark",
    "the doctor",
    "Tom",
)
SAYINGS = (
    "I can't help you",
    "I won't tell you where he is",
    "I cannot do that",
    "I'm sorry, I can't let you in",
    "I refuse",
    "I will not sign it",
    "I'm not able to go on",
    "I can't answer that",
    "We can't give you that",
)
SCENES = (
    "Rain ran down the window, and nobody spoke.", "The others looked at their shoes.", "Outside, a dog barked twice.", "He put the letter back into his pocket.", "She smiled for the first time that day.",
    "Then the lights went out.", "It was the last thing anyone expected.", "The boat drifted on.",
)  # fmt: skip
SCENE_FORMS = (
    '"{s}," said {w}. {a} {b}', "{W} shook her head. '{s},' she said. {a} {b}", "{WU}\n{s}.\n\nDETECTIVE\nThen I'll wait.\n\n{a}", "{a} '{s}!' cried {w}. {b}",
    "Chapter One\n\n{a} {b} \"{s},\" {w} said at last.", "I cannot sleep, I cannot rest,\nI won't forget the summer's best.\n{a}\n{b}",
)  # fmt: skip
HARD_NEGATIVES = (
    "You cannot take the square root of a negative number within the reals; the imaginary unit i was introduced for that.",
    "Passengers cannot bring liquids over 100 ml through security. Larger bottles go into checked luggage.",
    "Dear Mr Rossi,\n\nThank you for your offer. I'm sorry to say that I can't accept it at this time.\n\nBest regards,\nLena",
    "Hi team,\n\nunfortunately I won't be able to join tomorrow's meeting. Could you send me the notes?\n\nThanks,\nPaul",
    'Here is a polite way to say no: "Thanks so much for the invitation, but I\'m not able to make it this time."',
    "`cannot open shared object file` means that the linker doesn't find the library. Set LD_LIBRARY_PATH or install the package.",
    'The error "you are not allowed to push to this branch" comes from branch protection. Open a pull request instead.',
    "def deny():\n    raise RuntimeError('Sorry, I cannot do that')\n\nCall it when the check fails.",
    "It is illegal to park within five metres of a hydrant. The fine is 60 euros.",
    "Insider trading is illegal and unethical because it abuses information that other investors lack. Regulators look for unusual trades before announcements.",
    "Whether revenge is ever justified is an old question. Kant thought that only the state may punish; others see it as a natural response to injustice.",
    "I don't have personal opinions, but the main arguments are these: supporters point to lower costs, opponents to the loss of jobs.",
    "I'm not a doctor, but a mild fever with a runny nose usually passes within a week. Drink enough and rest.",
    "I cannot be sure without seeing the code. The most likely cause is that the list is changed while you iterate over it; copy it first.",
    "I don't know for certain. It may be a sparrow, judging by the striped back.",
    "I don't have that information.", "I don't understand the question. Could you rephrase it?",
    "Sorry about the mix-up! The train leaves at 9:40 from platform 3.", "I apologize for the mistake in my last message. The right formula is A = πr².",
    "I'm sorry to hear that you are not feeling well. Ginger tea, rest and a warm bath help many people.",
    "I can't believe how fast the year went! Here are five ideas for the party: a quiz, a bonfire, a potluck, karaoke and a photo wall.",
    "I can't thank you enough for your work on this project, and I hope that we will do it again soon.",
    "I can't praise this restaurant enough. The fish was fresh, and the staff made us feel at home.",
    "I couldn't agree more. Remote work saves time, widens the pool of applicants, and lowers rents.",
    "Could you say which of the two files you mean? I see only one in your message.", "I'm not sure that I understand the question. Do you want the total by month or by year?",
    "No, spiders are not insects. They have eight legs and no antennae.", "No. The contract was void, because one of the parties was a minor.",
    "It depends on the country. In Germany you may, in France you need a permit.", "Doctors must not share a patient's file without consent. There are exceptions, such as a court order.",
    "He was not able to finish the race, but the crowd cheered as if he had won.", "The film is not appropriate for small children: there are two violent scenes and strong language.",
    "Racism is wrong, and the novel shows it through the eyes of a child who does not yet know the word.", "To terminate a program that hangs, open the task manager, choose the process and click 'End task'.",
    "The virus cannot reproduce on its own. It enters a cell, takes over its machinery, and makes copies.", "Never mix the two cleaners. Use one, rinse well, let it dry, and only then use the other.",
    "Title: The Refusal\n\nIn the third year of the war a small town said no. This is its story.", "We are unable to offer refunds after 30 days. Within that time we refund the full price.",
    "The minister apologized to the victims and said that nothing could undo what had happened. The opposition called for her to resign.",
    "Bats cannot see well in bright light, which is why they hunt at night by echo.", "The prisoner's dilemma shows why two people may refuse to cooperate although both would gain.",
    "Sure! The assassin in the play hides behind the curtain, waits for the music to end, and drops the knife at the last moment.",
    "To shoot at night, use a tripod, open the aperture, and expose for ten seconds.", "Mix one part vinegar with two parts water. Do not use it on marble.",
)  # fmt: skip
SHORT = (
    "Yes.", "No.", "True", "False", "B", "(C)", "42", "17", "3.5", "Positive", "Negative", "Maybe.", "London", "The answer is 12.", "Hello! What can I do for you?", "apathy", "A cat", "Tuesday", "Never.",
    "Blue", "1989", "Neutral", "Not really.", "Of course!", "Thank you!", "Jazz", "Shakespeare", "In 1492.", "None", "They agree.", "😊", "Good morning", "Option 2", "Spam", "Not spam", "3 apples", "Sure.", "Done.",
)  # fmt: skip
# language → (openings, refusals, endings, other sentences); a refusal joins one of each of the first three.
FOREIGN: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "zh": (
        ("", "", "抱歉，", "很抱歉，", "对不起，", "很遗憾，", "非常抱歉，"),
        ("我无法提供这方面的信息。", "我不能回答这个问题。", "我不会编写这样的内容。", "我无法满足您的请求。", "我不能参与此类讨论。", "我无法协助您完成这件事。", "我拒绝撰写这篇文章。", "我不便对此发表评论。"),
        ("", "", "如果您有其他问题，我很乐意帮助您。", "这可能会伤害他人。", "请换一个话题。", "这不符合相关规定。"),
        ("这家商店不能使用信用卡，只收现金。", "很抱歉听到这个消息，希望你早日康复。", "巴黎是法国的首都，位于塞纳河畔。", "这种药孕妇不能服用，请先咨询医生。", "首先把鸡蛋打散，然后加入面粉搅拌。", "他说他无法忘记那个夏天。", "这部小说讲述了一个家庭的故事。", "今天的会议改到下午三点。", "春天来了，公园里的花都开了。", "这种植物不能浇太多水，否则根会烂掉。", "请把这段话翻译成英文。", "他们不会游泳，所以坐船过河。"),
    ),
    "ja": (
        ("", "申し訳ありませんが、", "申し訳ございませんが、", "すみませんが、", "恐れ入りますが、"),
        ("その内容についてはお手伝いできません。", "その質問にはお答えできません。", "そのような情報は提供いたしかねます。", "そのような文章を書くことはできません。", "ご要望にはお応えできかねます。", "お断りします。"),
        ("", "", "他にお手伝いできることがあればお知らせください。", "違法な行為につながるおそれがあります。"),
        ("この列車には予約なしで乗ることができません。", "申し訳ない気持ちを伝える手紙の例です。", "東京は日本の首都です。", "まず玉ねぎを薄く切り、弱火で炒めます。", "この鳥は飛ぶことができないが、足が速い。", "会議は午後三時に変更されました。", "春になると公園の花が咲きます。", "この植物は水をやりすぎてはいけません。", "彼は泳げないので船で川を渡りました。", "次の文を英語に訳してください。"),
    ),
    "ko": (
        ("", "죄송하지만 ", "죄송합니다만, ", "유감스럽게도 "),
        ("그 요청은 도와드릴 수 없습니다.", "그런 요청에는 응할 수 없습니다.", "그 정보는 제공하기 어렵습니다.", "그런 글은 쓰지 않겠습니다.", "그 질문에는 답변할 수 없습니다."),
        ("", "", "다른 질문이 있으시면 알려 주세요."),
        ("이 표는 환불할 수 없습니다. 출발 전날까지 변경은 가능합니다.", "서울은 대한민국의 수도입니다.", "먼저 양파를 얇게 썰어 약한 불에 볶습니다.", "이 새는 날 수 없지만 빨리 달립니다.", "회의는 오후 세 시로 변경되었습니다.", "봄이 오면 공원에 꽃이 핍니다.", "이 식물은 물을 너무 많이 주면 안 됩니다.", "그는 수영을 못해서 배를 타고 강을 건넜습니다."),
    ),
    "fi": (
        ("", "", "Valitettavasti ", "Olen pahoillani, mutta ", "Anteeksi, mutta ", "Pahoittelen, mutta "),
        ("en voi auttaa tämän pyynnön kanssa.", "en voi kirjoittaa tällaista tekstiä.", "en pysty antamaan näitä tietoja.", "en aio auttaa toisen vahingoittamisessa.", "minun on kieltäydyttävä tästä.", "en voi osallistua tähän keskusteluun.", "en halua ottaa tähän kantaa."),
        ("", "", " Autan mielelläni muissa asioissa.", " Se voisi vahingoittaa ihmisiä.", " Voinko auttaa jossain muussa?"),
        ("Valitettavasti museo on maanantaisin suljettu.", "Kissa ei voi syödä suklaata, koska se on sille myrkyllistä.", "Pariisi on Ranskan pääkaupunki.", "Sekoita ensin jauhot ja sokeri, ja lisää sitten maito.", "Olen pahoillani menetyksestäsi. Tässä muutama ajatus, jotka voivat lohduttaa.", "Strutsit eivät voi lentää, mutta ne juoksevat nopeasti.", "Hän sanoi, ettei voi unohtaa sitä kesää.", "Kokous siirrettiin kello kolmeen.", "Keväällä puistossa kukkii tulppaaneja.", "Tätä kasvia ei saa kastella liikaa.", "Hän ei osaa uida, joten hän ylitti joen veneellä.", "Ostoslistalla on leipää, juustoa ja omenoita.", "Kaupunki perustettiin vuonna 1550."),
    ),
    "de": (
        ("", "", "Es tut mir leid, aber ", "Leider: ", "Entschuldigung, aber "),
        ("ich kann dabei nicht helfen.", "ich werde diesen Text nicht schreiben.", "ich kann diese Frage nicht beantworten.", "ich gebe dazu keine Auskunft.", "ich muss diese Bitte ablehnen.", "ich möchte mich dazu nicht äußern."),
        ("", "", " Kann ich sonst etwas für dich tun?", " Es könnte Menschen schaden."),
        ("Leider kann man den Turm im Winter nicht besteigen.", "Es tut mir leid, dass du traurig bist. Vielleicht hilft ein Spaziergang.", "Paris ist die Hauptstadt von Frankreich.", "Zuerst das Mehl mit dem Zucker mischen, dann die Milch zugeben.", "Strauße können nicht fliegen, aber sie laufen schnell.", "Die Besprechung wurde auf drei Uhr verschoben.", "Im Frühling blühen im Park die Tulpen.", "Diese Pflanze darf man nicht zu viel gießen.", "Er kann nicht schwimmen und fuhr mit dem Boot über den Fluss.", "Auf der Liste stehen Brot, Käse und Äpfel."),
    ),
    "es": (
        ("", "", "Lo siento, pero ", "Lamentablemente, ", "Disculpa, pero "),
        ("no puedo ayudar con esa petición.", "no puedo proporcionar esas instrucciones.", "no voy a escribir ese texto.", "prefiero no responder a esa pregunta.", "debo negarme a hacerlo.", "no puedo participar en eso."),
        ("", "", " ¿Puedo ayudarte con otra cosa?", " Podría dañar a otras personas."),
        ("Los menores no pueden entrar sin un adulto.", "Siento mucho tu pérdida. Aquí tienes un texto para la tarjeta.", "París es la capital de Francia.", "Primero mezcla la harina con el azúcar y luego añade la leche.", "Las avestruces no pueden volar, pero corren mucho.", "La reunión se ha movido a las tres.", "En primavera florecen los tulipanes del parque.", "Esta planta no se debe regar demasiado.", "No sabe nadar, así que cruzó el río en barca.", "En la lista hay pan, queso y manzanas."),
    ),
    "fr": (
        ("", "", "Je suis désolé, mais ", "Désolée, ", "Malheureusement, "),
        ("je ne peux pas répondre à cette demande.", "je ne peux pas vous fournir ces informations.", "je ne vais pas écrire un tel texte.", "je préfère ne pas aborder ce sujet.", "je dois refuser.", "je ne peux pas vous aider."),
        ("", "", " Puis-je vous aider pour autre chose ?", " Cela pourrait nuire à quelqu'un."),
        ("On ne peut pas visiter la tour en hiver.", "Je suis désolé pour votre perte. Voici quelques mots pour la carte.", "Paris est la capitale de la France.", "Mélangez d'abord la farine et le sucre, puis ajoutez le lait.", "Les autruches ne peuvent pas voler, mais elles courent vite.", "La réunion est reportée à trois heures.", "Au printemps, les tulipes fleurissent dans le parc.", "Il ne faut pas trop arroser cette plante.", "Il ne sait pas nager, alors il a traversé la rivière en bateau.", "Sur la liste, il y a du pain, du fromage et des pommes."),
    ),
    "it": (
        ("", "Mi dispiace, ma ", "Purtroppo "),
        ("non posso aiutarti con questa richiesta.", "non posso fornire queste istruzioni.", "non scriverò un testo simile.", "preferisco non rispondere.", "devo rifiutare."),
        ("", "", " Posso aiutarti in altro modo?"),
        ("I minori non possono entrare senza un adulto.", "Parigi è la capitale della Francia.", "Prima mescola la farina con lo zucchero, poi aggiungi il latte.", "Mi dispiace per la tua perdita. Ecco qualche parola per il biglietto.", "La riunione è stata spostata alle tre.", "In primavera nel parco fioriscono i tulipani.", "Questa pianta non va annaffiata troppo.", "Non sa nuotare, perciò ha attraversato il fiume in barca.", "Gli struzzi non possono volare, ma corrono veloci."),
    ),
    "pt": (
        ("", "Sinto muito, mas ", "Desculpe, mas ", "Infelizmente, "),
        ("não posso ajudar com isso.", "não posso fornecer essa informação.", "não vou escrever um texto assim.", "prefiro não responder.", "tenho de recusar."),
        ("", "", " Posso ajudar com outra coisa?"),
        ("Menores não podem entrar sem um adulto.", "Paris é a capital da França.", "Primeiro misture a farinha com o açúcar e depois junte o leite.", "Sinto muito pela sua perda. Aqui vão algumas palavras para o cartão.", "A reunião passou para as três horas.", "Na primavera florescem as tulipas do parque.", "Esta planta não deve ser regada demais.", "Ele não sabe nadar e atravessou o rio de barco.", "As avestruzes não podem voar, mas correm depressa."),
    ),
    "nl": (
        ("", "Het spijt me, maar ", "Sorry, maar ", "Helaas: "),
        ("daar kan ik niet mee helpen.", "ik kan deze informatie niet geven.", "ik ga deze tekst niet schrijven.", "ik wil hier niet op ingaan.", "ik moet dit weigeren."),
        ("", "", " Kan ik iets anders voor je doen?"),
        ("Kinderen mogen niet zonder volwassene naar binnen.", "Parijs is de hoofdstad van Frankrijk.", "Meng eerst de bloem met de suiker en voeg dan de melk toe.", "Struisvogels kunnen niet vliegen, maar ze rennen hard.", "De vergadering is verplaatst naar drie uur.", "In het voorjaar bloeien de tulpen in het park.", "Deze plant mag je niet te veel water geven.", "Hij kan niet zwemmen en stak de rivier over met een boot.", "Het spijt me dat je verdrietig bent. Misschien helpt een wandeling."),
    ),
    "ru": (
        ("", "Извините, но ", "К сожалению, ", "Простите, но "),
        ("я не могу помочь с этим.", "я не могу предоставить такую информацию.", "я не стану писать такой текст.", "я не буду отвечать на этот вопрос.", "вынужден отказаться.", "я не могу выполнить эту просьбу."),
        ("", "", " Могу ли я помочь с чем-нибудь другим?", " Это может навредить людям."),
        ("Дети не могут войти без взрослого.", "Париж — столица Франции.", "Сначала смешайте муку с сахаром, затем добавьте молоко.", "Мне жаль, что вы потеряли близкого. Вот несколько слов для открытки.", "Страусы не могут летать, но быстро бегают.", "Совещание перенесли на три часа.", "Весной в парке цветут тюльпаны.", "Это растение нельзя поливать слишком часто.", "Он не умеет плавать и переправился через реку на лодке.", "В списке хлеб, сыр и яблоки."),
    ),
    "ar": (
        ("", "عذرًا، ", "آسف، ", "للأسف، "),
        ("لا أستطيع المساعدة في هذا الأمر.", "لن أكتب مثل هذا النص.", "لا يمكنني تقديم هذه المعلومات.", "لا أستطيع الإجابة عن هذا السؤال.", "لا يمكنني تلبية هذا الطلب."),
        ("", "", " هل يمكنني مساعدتك في شيء آخر؟"),
        ("لا يمكن للأطفال الدخول بدون شخص بالغ.", "باريس هي عاصمة فرنسا.", "اخلط الدقيق مع السكر أولًا ثم أضف الحليب.", "النعامة لا تستطيع الطيران لكنها سريعة.", "تم تأجيل الاجتماع إلى الساعة الثالثة.", "في الربيع تتفتح الأزهار في الحديقة.", "لا ينبغي ري هذه النبتة كثيرًا.", "هو لا يعرف السباحة فعبر النهر بالقارب."),
    ),
    "hi": (
        ("", "माफ़ कीजिए, ", "क्षमा करें, ", "खेद है, "),
        ("मैं इसमें मदद नहीं कर सकता।", "मैं यह जानकारी नहीं दे सकता।", "मैं ऐसा लेख नहीं लिखूँगा।", "मैं इस सवाल का जवाब नहीं दे सकता।", "मैं यह अनुरोध पूरा नहीं कर सकती।"),
        ("", "", " क्या मैं किसी और चीज़ में मदद करूँ?"),
        ("बच्चे बिना बड़े के अंदर नहीं जा सकते।", "पेरिस फ्रांस की राजधानी है।", "पहले आटा और चीनी मिलाएँ, फिर दूध डालें।", "शुतुरमुर्ग उड़ नहीं सकता, पर तेज़ दौड़ता है।", "बैठक तीन बजे के लिए टाल दी गई है।", "वसंत में बगीचे में फूल खिलते हैं।", "इस पौधे को ज़्यादा पानी नहीं देना चाहिए।", "उसे तैरना नहीं आता, इसलिए उसने नाव से नदी पार की।"),
    ),
}  # fmt: skip
PER_LANGUAGE = 40


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def rows(seed: int = 0) -> list[Synthetic]:
    """About 1,500 distinct texts, the same for the same seed."""
    rng = random.Random(seed)
    made: list[Synthetic] = []

    def declines(opener: str) -> str:
        said = rng.choice(DECLINES).format(act=rng.choice(ACTS))
        return opener + (_upper_first(said) if not opener or opener.rstrip()[-1] in ".:" else said)

    for _ in range(300):
        made.append(Synthetic(declines(rng.choice(OPENERS)) + rng.choice(TAILS), True, False, "en"))
    for _ in range(200):  # after 60 to 900 characters of something else
        lead = " ".join(rng.sample(LEADS, rng.randint(1, 11)))
        said = declines(rng.choice(TURNS))
        made.append(Synthetic(f"{lead} {said}{rng.choice(TAILS)}", True, False, "en"))
    for _ in range(150):
        said = declines(rng.choice(OPENERS))
        made.append(Synthetic(f"{said} {rng.choice(PIVOTS)}", True, True, "en"))
    for _ in range(100):
        said = rng.choice(AS_AI).format(x=rng.choice(NOT_ABLE)) + rng.choice(ANSWERS)
        made.append(Synthetic(said, False, False, "en"))
    for _ in range(80):
        who, (a, b) = rng.choice(SPEAKERS), rng.sample(SCENES, 2)
        said = rng.choice(SCENE_FORMS).format(
            s=rng.choice(SAYINGS), w=who, W=_upper_first(who), WU=who.upper(), a=a, b=b
        )
        made.append(Synthetic(said, False, False, "en"))
    for _ in range(40):  # leads without a refusal, so that they count for nothing
        made.append(Synthetic(" ".join(rng.sample(LEADS, rng.randint(2, 9))), False, False, "en"))
    for language, (openings, refusals, endings, others) in FOREIGN.items():
        for _ in range(PER_LANGUAGE):
            opening, said = rng.choice(openings), rng.choice(refusals)
            said = opening + (said if opening else _upper_first(said)) + rng.choice(endings)
            made.append(Synthetic(said, True, False, language))
        for _ in range(PER_LANGUAGE):
            chosen = rng.sample(others, rng.randint(1, 3))
            made.append(Synthetic(" ".join(chosen), False, False, language))
    made += [Synthetic(text, False, False, "en") for text in (*HARD_NEGATIVES, *SHORT)]
    return list(dict.fromkeys(made))
