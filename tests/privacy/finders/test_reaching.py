"""Hidden e-mail addresses, telephone numbers of many countries, places to the metre and wallets."""

from __future__ import annotations

import pytest

from logminer.privacy.options import Profile
from tests.privacy.finders.looking import left, removed

GOES = [
    ("write me at k.nowak77 [at] wp [dot] pl or karol(at)nowak-studio.pl", "k.nowak77 [at] wp [dot] pl"),
    ("or karol(at)nowak-studio.pl, not on Facebook", "karol(at)nowak-studio.pl"),
    ("my adress is fatou.ndiaye AT orange DOT sn (no spaces)", "fatou.ndiaye AT orange DOT sn"),
    ("oksana @ acme . com", "oksana @ acme . com"),
    ("oksana＠acme.com", "oksana＠acme.com"),
    ("reach oksana dot veldkamp at gmail dot com today", "oksana dot veldkamp at gmail dot com"),
    ("oksana{at}acme.com", "oksana{at}acme.com"),
    ("email oksana.veldkamp at gmail.com thanks", "oksana.veldkamp at gmail.com"),
    ("oksana_at_acme_dot_com", "oksana_at_acme_dot_com"),
    ("oksana -at- acme -dot- org", "oksana -at- acme -dot- org"),
    ("oksana&#64;acme&#46;com", "oksana&#64;acme&#46;com"),
    ("oksana&commat;acme.com", "oksana&commat;acme.com"),
    ("oksana%2Eveldkamp%40acme%2Ecom", "oksana%2Eveldkamp%40acme%2Ecom"),
    ("oksana​@acme.com", "oksana​@acme.com"),
    ("\"oksana veldkamp\"@acme.com", "oksana veldkamp\"@acme.com"),
    ("my mail backwards: moc.emca@anasko", "moc.emca@anasko"),
    ("我的邮箱是oksana@acme.com谢谢", "oksana@acme.com"),
    ("oksana arroba acme punto es", "oksana arroba acme punto es"),
    ("oksana [@] acme.com", "oksana [@] acme.com"),
    ("oksana@acme [dot] com", "oksana@acme [dot] com"),
    ("oksana(a)gmail.com", "oksana(a)gmail.com"),
    ("oksana at acme dot co dot uk", "oksana at acme dot co dot uk"),
    ("I parked at 4.5348°S 147.8489°E, how", "4.5348°S 147.8489°E"),
    ("geo: -39.317454,22.849278 accuracy", "-39.317454,22.849278"),
    ("EXIF: 16°22'27\"N 150°53'38\"W, Camera", "16°22'27\"N 150°53'38\"W"),
    ("we live at 52.370216, 4.895168 now", "52.370216, 4.895168"),
    ("lat: 52.37021, lng: 4.89516", "52.37021"),
    ("https://maps.google.com/?q=52.370216,4.895168", "52.370216,4.895168"),
    ("https://www.google.com/maps/@52.3702,4.8951,15z", "52.3702,4.8951"),
    ("///filled.count.soap is home", "filled.count.soap"),
    ("what3words: filled.count.soap", "filled.count.soap"),
    ("pay oksana@okaxis please", "oksana@okaxis"),
    ("ETH 0x63b3d2c952c2ab18743b480695d4c5d258c433ae, gas", "0x63b3d2c952c2ab18743b480695d4c5d258c433ae"),
    ("BSSID f0d1.a9af.8149 yes", "f0d1.a9af.8149"),
    ("请写一封信，我的电话是13800138000，谢谢你了", "13800138000"),
    ("手机13800138000联系", "13800138000"),
    ("携帯は090-1234-5678です", "090-1234-5678"),
    ("전화번호 010-1234-5678 입니다", "010-1234-5678"),
    ("رقمي ٠٥٠١٢٣٤٥٦٧", "٠٥٠١٢٣٤٥٦٧"),
    ("电话：１３８００１３８０００", "１３８００１３８０００"),
    ("call me at zero four one two three three nine eight one seven please", "zero four one two three three nine eight one seven"),
    ("five five five oh one double two seven", "five five five oh one double two seven"),
    ("мой телефон 8 916 238 47 30 звони", "8 916 238 47 30"),
    ("tel:+442079460958", "+442079460958"),
    ("name,phone\nOksana,07700 900123", "07700 900123"),
    ("{\"phone_number\": \"5552348765\"}", "5552348765"),
    ("call 06.12.34.56.78", "06.12.34.56.78"),
    ("ring 0171/1234567", "0171/1234567"),
    ("मेरा नंबर 9876543210 है", "9876543210"),
    ("138-0013-8000 now", "138-0013-8000"),
    ("(11) 98765-4321", "(11) 98765-4321"),
]  # fmt: skip

STAYS = [
    "Look at github.com for the code; we met at acme.com offices; look at example dot com",
    "@ home . I went",
    "[0.1234, 0.5678] and 0.12345, 0.98765; 12.3456 78.9012 33.1234; weights = 1.23456, 2.34567, 3.45678",
    "loss 1.2345, 2.3456, accuracy",
    "one two three four five six seven eight; one, two, three; at 1732380000 and 1732380000123; ISBN 978-3-16-148410-0",
    "在2019年有13800个人, 价格是12800元, id 1234567890123",
]  # fmt: skip


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(("text", "value"), GOES)
def test_goes_in_both_profiles(text: str, value: str, profile: Profile) -> None:
    assert left(text, value, profile) == ""


@pytest.mark.parametrize("text", STAYS)
def test_stays_in_balanced(text: str) -> None:
    assert removed(text) == set()


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Jo Brandt\n20639 Altdorf\n00391 29400 / jo.b@example.org\n", "00391 29400"),
        ("jo.b@example.org | 0166325629", "0166325629"),
        ("37760782643 / jo.b@example.org", "37760782643"),
        ("See you then.\n\nBest regards,\nJo Brandt\n0289018664\n\n", "0289018664"),
        ("Mit freundlichen Grüßen\nJo Brandt\nArchiv\n(030) 290 18 66", "(030) 290 18 66"),
        ("Questions? Call Jo Brandt at 371168165 or write.", "371168165"),
    ],
)
def test_the_place_of_a_plain_number_says_that_it_is_a_telephones(
    profile: Profile, text: str, number: str
) -> None:
    assert not left(text, number, profile)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks,\n\nhere are the totals:\n0289018664\n",
        "row 0289018664 / 17",
        "Look at Jo Brandt at 1204500 points",
    ],
)
def test_a_plain_number_elsewhere_stays(text: str) -> None:
    assert not removed(text) & {"0289018664", "1204500"}
