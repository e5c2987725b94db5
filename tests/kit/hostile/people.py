"""Invented people of many origins, and the forms in which a text writes one of them."""

from __future__ import annotations

import random
import re
import unicodedata
from typing import NamedTuple

from faker import Faker

from tests.kit.hostile.shapes import words

__all__ = ["ORIGINS", "Person", "draw_person", "ocr", "typo"]

# first names; family names. Latin letters unless the origin's name ends in `_own`.
_OWN = {
    "vi": ("Thu Trang|Quoc Bao|Minh Khoa|Ngoc Anh|Van Duc", "Nguyen|Pham|Huynh|Vo|Dang"),
    "yo": (
        "Folasade|Oluwaseun|Babatunde|Yetunde|Adebola",
        "Adeyemi|Ogunbanjo|Olatunji|Akindele|Fashola",
    ),
    "ig": ("Chidinma|Emeka|Ngozi|Obinna|Ifeoma", "Okonkwo|Nwachukwu|Eze|Okafor|Anyanwu"),
    "ar": (
        "Khalid|Maryam|Yusuf|Fatima|Tariq",
        "al-Rashid|Haddad|Ben Youssef|El Amrani|Abdelrahman",
    ),
    "zh": ("Xiaoming|Yuting|Jianguo|Meiling|Zihan", "Zhang|Huang|Ouyang|Xu|Zheng"),
    "ko": ("Ji-woo|Min-jun|Seo-yeon|Hyun-woo|Eun-ji", "Kim|Hwang|Baek|Noh|Jeong"),
    "ja": ("Haruto|Sakura|Kenji|Naoko|Takeshi", "Yamashita|Kobayashi|Fujiwara|Ishikawa|Matsuda"),
    "uk": ("Oksana|Taras|Bohdan|Lesya|Yevhen", "Shevchuk|Kovalenko|Bondarenko|Lysenko|Tkachuk"),
    "ru": (
        "Svetlana|Dmitri|Anastasia|Gennady|Ludmila",
        "Sokolova|Vasiliev|Kuznetsov|Morozova|Pavlov",
    ),
    "ta": (
        "Karthik|Lakshmi|Senthil|Meenakshi|Arun",
        "Subramanian|Venkatesan|Natarajan|Raghavan|Krishnamurthy",
    ),
    "hi": (
        "Priya|Rajesh|Ananya|Vikram|Sunita",
        "Deshpande|Chatterjee|Agarwal|Bhattacharya|Malhotra",
    ),
    "is": (
        "Guðrún|Sigurður|Þórdís|Björk|Ásgeir",
        "Jónsdóttir|Einarsson|Þorsteinsson|Gunnarsdóttir|Helgason",
    ),
    "haw": ("Kealoha|Leilani|Kaimana|Noelani|Makoa", "Kahananui|Nakamura-Lee|Kalani|Akana|Kekoa"),
    "et": ("Kadri|Tõnu|Maarja|Rein|Liis", "Tamm|Kõiv|Saar|Pärn|Mägi"),
    "so": ("Hodan|Abdirahman|Ayaan|Warsame|Ifrah", "Farah|Abdi Hassan|Warsame|Guled|Jama"),
    "am": ("Tsehay|Dawit|Hiwot|Bekele|Selam", "Tesfaye|Gebremariam|Haile|Woldemichael|Alemu"),
    "ga": (
        "Aoife|Niamh|Ciarán|Saoirse|Eoghan",
        "O'Sullivan|Mac Giolla|Ní Bhriain|O'Doherty|McGrath",
    ),
    "cy": ("Llinos|Gethin|Angharad|Rhodri|Eirlys", "Llewellyn|Prydderch|Gwilym|Morgan|Pugh"),
    "nl2": (
        "Sanne|Bram|Femke|Joost|Anouk",
        "van der Meer|de Vries|Veldkamp|ter Horst|van den Broek",
    ),
    "en_plain": ("Will|Grace|Mark|Rose|Hunter|Joy", "Brown|Young|Price|Wood|Baker|Banks"),
    "zh_own": ("晓明|雨婷|建国|美玲", "张|黄|欧阳|徐"),
    "ja_own": ("陽斗|さくら|健二|直子", "山下|小林|藤原|松田"),
    "ko_own": ("지우|민준|서연|은지", "김|황|백|정"),
    "ar_own": ("خالد|مريم|يوسف|فاطمة", "الراشد|حداد|المصري|العمري"),
    "he_own": ("נועה|איתן|יעל|אורי", "לוינסון|כהן|מזרחי|פרידמן"),
    "ru_own": ("Светлана|Дмитрий|Анастасия|Геннадий", "Соколова|Васильев|Кузнецов|Морозова"),
    "hi_own": ("प्रिया|राजेश|अनन्या|विक्रम", "शर्मा|देशपांडे|अग्रवाल|मल्होत्रा"),
    "el_own": ("Ελένη|Γιώργος|Κατερίνα|Νίκος", "Παπαδοπούλου|Νικολάου|Γεωργίου|Δημητρίου"),
}
_LOCALES = words(
    "en_US en_GB en_US en_AU en_CA de_DE fr_FR es_ES es_MX it_IT pl_PL nl_NL sv_SE fi_FI no_NO da_DK pt_BR pt_PT ro_RO"
    " cs_CZ hu_HU tr_TR hr_HR lt_LT id_ID en_IN"
)
_LATIN = [name for name in _OWN if not name.endswith("_own")]
ORIGINS = (*_OWN, *sorted(set(_LOCALES)))
_FAKERS: dict[str, Faker] = {}


class Person(NamedTuple):
    """One invented person. `handle` and `mail` follow from the name."""

    first: str
    last: str
    number: int

    def form(self, part: str) -> str:
        """The person as `full`, `first`, `last`, `rev`, `initial`, `cjk`, `handle…`, `slug`, `camel` or `mailname`."""
        first, last = _ascii(self.first), _ascii(self.last)
        n = f"{self.number:02d}"
        return {
            "full": f"{self.first} {self.last}",
            "first": self.first,
            "last": self.last,
            "rev": f"{self.last}, {self.first}",
            "revspace": f"{self.last} {self.first}",
            "initial": f"{self.first[0]}. {self.last}",
            "middle": f"{self.first} {'ABDEJKLMRST'[self.number % 11]}. {self.last}",
            "cjk": f"{self.last}{self.first}",
            "handle": (
                f"{first}.{last}",
                f"{first}_{last}{n}",
                f"{first[0]}{last}",
                f"{last}{first[0]}{n}",
            )[self.number % 4],
            "unix": f"{first[0]}{last}",
            "slug": f"{first}-{last}",
            "snake": f"{first}_{last}",
            "camel": f"{first.title()}{last.title()}",
            "dotted": f"{first}.{last}",
            "nick": f"{first[:4]}{n}",
        }[part]


def _ascii(name: str) -> str:
    plain = name.translate(str.maketrans("łøđðþıßæœŁØĐÐÞ", "loddtisaoLODDT"))
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain) or "user"


def draw_person(rng: random.Random, origin: str = "") -> Person:
    """A person of an origin, or of any that writes Latin letters."""
    if not origin:
        origin = rng.choice(_LATIN) if rng.random() < 0.45 else rng.choice(_LOCALES)
    number = rng.randrange(100)
    if origin in _OWN:
        first, last = (names.split("|") for names in _OWN[origin])
        return Person(rng.choice(first), rng.choice(last), number)
    faker = _FAKERS.setdefault(origin, Faker(origin))
    faker.seed_instance(rng.randrange(2**31))
    first_name = faker.first_name().split()[0]
    return Person(first_name, faker.last_name(), number)


def typo(value: str, rng: random.Random) -> str:
    """The value with one slip of the fingers in its longest word: two letters swapped, or one twice, or one left out."""
    word = max(re.findall(r"\w+", value), key=len)
    if len(word) < 5:
        return value
    at = rng.randrange(1, len(word) - 2)
    slip = rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[: at + 1] + word[at:],
            word[:at] + word[at + 1 :],
        )
    )
    return value.replace(word, slip, 1)


def ocr(value: str, rng: random.Random) -> str:
    """The value as a scanner misreads it: one or two of the letters that look alike."""
    pairs = [
        ("o", "0"),
        ("l", "1"),
        ("i", "l"),
        ("m", "rn"),
        ("S", "5"),
        ("e", "c"),
        ("B", "8"),
        ("n", "ri"),
    ]
    rng.shuffle(pairs)
    done = 0
    for a, b in pairs:
        at = value.find(a, 1)
        if at > 0 and done < 2:
            value = value[:at] + b + value[at + 1 :]
            done += 1
    return value
