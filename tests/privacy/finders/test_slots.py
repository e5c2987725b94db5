"""Names and addresses where a form of writing has a place for them; the same forms about nobody stay."""

from __future__ import annotations

import pytest

from tests.privacy.finders.looking import left, removed

GOES = [
    ("BOARDING PASS\nNAME: NAGY/IMRE MR\nFLIGHT: LH 441", "NAGY/IMRE"),
    ("1.PARRI/IMELDA MRS  2.FIGUEROA/NATHANIEL MSTR", "FIGUEROA/NATHANIEL"),
    ("FASTER PAYMENT FROM EMA GAILIUS REF RENT", "EMA GAILIUS"),
    ("MY EX HUSBAND ZIHAN ZHENG STILL HAS MY KEYS AND HIS LAWYER IGNORES ME", "ZIHAN ZHENG"),
    ("Player ghostwolf244 joined the game", "ghostwolf244"),
    ("* rhod38 has quit (Ping timeout)", "rhod38"),
    ("[Team] ghost_otter916: push mid", "ghost_otter916"),
    ("luna_otter946 wrote:\n> that engine is bad", "luna_otter946"),
    ("everyone calls me leor79 but no", "leor79"),
    ("please tell estefanía to feed the cat", "estefanía"),
    ("how do I tell Eun-ji I can't come?", "Eun-ji"),
    ("said that Lesya, my wife, is right", "Lesya"),
    ('name = "kadri.malhotra"', "kadri.malhotra"),
    ("BEGIN:VEVENT\nORGANIZER;CN=Chidinma Eze:mailto:x\nEND:VEVENT", "Chidinma Eze"),
    ("BEGIN:VCARD\nADR;TYPE=HOME:;;48 Thornbury Close;Ripon;;M57 6AB;\nEND:VCARD", "48 Thornbury Close;Ripon;;M57 6AB"),
    ('<input name="fullname" value="Angharad Gwilym">', "Angharad Gwilym"),
    ("id;requester;status\n8;Kaimana Akana;open", "Kaimana Akana"),
    ("i live on forty two maple street with her", "forty two maple street"),
    ("I meet them at 221 Kingsway later", "221 Kingsway"),
    ("Ship to Studio 17M, Paul Locks, now", "Studio 17M, Paul Locks"),
    ("Mijn adres is Selenapad 24, Emmen", "Selenapad 24"),
    ("USPS 9400 1118 9956 1234 5678 90 is late", "9400 1118 9956 1234 5678 90"),
]  # fmt: skip
STAYS = [
    "Player one joined the game and everyone left",
    "[Team] captain: none",
    "tell siri to ask alexa and tell Germany too",
    "IKEA KALLAX SHELF AND HDMI CABLE FOR SALE",
    "a one way street, a two lane road, on one busy street",
    "boil it at 100 Celsius, met at 2024 Olympics",
    "import numpy.linalg and os.path here",
    "read/write MR and input/output DR",
]


@pytest.mark.parametrize(("text", "value"), GOES)
def test_goes(text: str, value: str) -> None:
    assert left(text, value) == ""


@pytest.mark.parametrize("text", STAYS)
def test_stays(text: str) -> None:
    assert removed(text) == set()
