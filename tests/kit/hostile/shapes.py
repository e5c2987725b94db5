"""Numbers and codes by their shapes: phones, plates, documents, accounts, devices, with true check digits where one is known.

A shape is a string in which `#` is a digit, `%` a digit from 1, `@` a capital letter, `&` a small letter or digit, `^` a
hexadecimal digit, `$` a letter of any case or digit; everything else stands for itself.
"""

from __future__ import annotations

import base64
import hashlib
import random
import string
from collections.abc import Callable

__all__ = ["MADE", "SHAPES", "fill", "words"]

_SETS = {
    "#": string.digits,
    "%": "123456789",
    "@": "ABCDEFGHJKLMNPRSTUVWXYZ",
    "&": string.ascii_lowercase + string.digits,
    "^": "0123456789abcdef",
    "$": string.ascii_letters + string.digits,
}


def words(written: str) -> list[str]:
    """The words of a list that is written as one line."""
    return written.split()


def fill(shape: str, rng: random.Random) -> str:
    """The shape with drawn letters and digits."""
    return "".join(rng.choice(_SETS[c]) if c in _SETS else c for c in shape)


# name → label, shapes of which one is drawn
SHAPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "tel_us": (
        "PHONE",
        ("(415) %##-%###", "312-%##-####", "+1 646 %## ####", "1.303.%##.####", "1-702-%##-####"),
    ),
    "tel_gb": (
        "PHONE",
        ("07700 %#####", "+44 7911 %#####", "020 7946 %###", "0161 4%# ####", "+44 (0)7%## ######"),
    ),
    "tel_de": (
        "PHONE",
        (
            "0151 2#######",
            "+49 171 %######",
            "030/%#######",
            "089 - %## ## ##",
            "0049 176 %#######",
        ),
    ),
    "tel_fr": (
        "PHONE",
        ("06 %# ## ## ##", "+33 6 %# ## ## ##", "07.%#.##.##.##", "01 4# ## ## ##"),
    ),
    "tel_es": ("PHONE", ("6%# ## ## ##", "+34 6%# ### ###", "91 %## ## ##")),
    "tel_it": ("PHONE", ("347 %######", "+39 333 %## ####", "02 %#######")),
    "tel_nl": ("PHONE", ("06-%#######", "+31 6 %### ####", "020-%######")),
    "tel_pl": ("PHONE", ("+48 60# %## ###", "51# %## ###", "22 %## ## ##")),
    "tel_in": ("PHONE", ("+91 98### #####", "98########", "+91-97###-#####", "080-4### ####")),
    "tel_cn": ("PHONE", ("138########", "+86 139 #### ####", "150-####-####")),
    "tel_jp": ("PHONE", ("090-%###-####", "+81 80 %### ####", "03-3%##-####", "080%#######")),
    "tel_kr": ("PHONE", ("010-%###-####", "+82 10 %### ####")),
    "tel_br": ("PHONE", ("(11) 9%###-####", "+55 21 9%### ####", "11 9%#######")),
    "tel_mx": ("PHONE", ("55 %### ####", "+52 1 33 %### ####")),
    "tel_au": ("PHONE", ("04%# ### ###", "+61 4%# ### ###", "(02) 9%## ####")),
    "tel_za": ("PHONE", ("082 %## ####", "+27 83 %## ####")),
    "tel_ng": ("PHONE", ("0803 %## ####", "+234 806 %## ####")),
    "tel_ru": ("PHONE", ("8 (916) %##-##-##", "+7 925 %## ## ##", "8916%######")),
    "tel_ae": ("PHONE", ("050 %## ####", "+971 55 %## ####")),
    "tel_il": ("PHONE", ("054-%######", "+972 52 %## ####")),
    "tel_se": ("PHONE", ("070-%## ## ##", "+46 73 %## ## ##")),
    "tel_tr": ("PHONE", ("0532 %## ## ##", "+90 533 %## ## ##")),
    "tel_vn": ("PHONE", ("0912 %## ###", "+84 90 %## ## ##")),
    "tel_sg": ("PHONE", ("9%## ####", "+65 8%## ####")),
    "zip_gb": ("POSTCODE", ("LS# %RT", "SW# %QN", "M%# #AB", "CB# %PJ", "G%# #TH", "BN# %WE")),
    "zip_us": ("POSTCODE", ("9####", "6####", "1####-####", "3####")),
    "zip_ca": ("POSTCODE", ("M%V #K%", "K%A #B%", "V%K #L%")),
    "zip_nl": ("POSTCODE", ("%### GX", "%###KD")),
    "zip_de": ("POSTCODE", ("1####", "8####", "5####")),
    "zip_br": ("POSTCODE", ("0####-###",)),
    "zip_jp": ("POSTCODE", ("〒1##-####",)),
    "passport": ("PASSPORT", ("%########", "@%#######", "@@%######", "C%@######")),
    "licence": ("DRIVING_LICENCE", ("@#######", "@@@@@%#####@@%@@", "%########", "@###-####-####")),
    "plate_gb": ("PLATE", ("LK%# @@@", "BD6# @@@", "YE%#@@@")),
    "plate_de": ("PLATE", ("M-@@ %###", "HH-@ %##", "B-@@ %###")),
    "plate_fr": ("PLATE", ("@@-###-@@",)),
    "plate_us": ("PLATE", ("%@@@###", "@@@-####", "@@@ %###")),
    "plate_it": ("PLATE", ("@@ ### @@",)),
    "plate_es": ("PLATE", ("%### KBC", "%### LMN")),
    "plate_in": ("PLATE", ("MH 12 @@ ####", "KA-05-@@-####")),
    "account": ("BANK_ACCOUNT", ("%#######", "%#########", "####%######", "%###########")),
    "sortcode": ("SORT_CODE", ("20-##-##", "40-##-##", "09-01-##")),
    "routing": ("ROUTING", ("021000021", "121000358", "026009593")),
    "mrn": ("MEDICAL_RECORD", ("%#######", "00%#####", "MRN-%######", "@%######")),
    "nhsins": ("INSURANCE", ("@@@%########", "XEA%########", "W%## ##### ##")),
    "student": ("STUDENT_ID", ("s%######", "20########", "U%######", "@@%#####")),
    "employee": ("EMPLOYEE_ID", ("E-%####", "EMP%####", "%#####", "@@-%####")),
    "order": (
        "ORDER_NUMBER",
        ("113-#######-#######", "#%#####", "ORD-2024-%#####", "SO%######", "R%########"),
    ),
    "case": ("CASE_NUMBER", ("%######", "CAS-%#####-@%@#", "INC00%#####", "2:2#-cv-0%###")),
    "tracking": (
        "TRACKING",
        ("1Z%@@##########%###", "JD0146%#########", "RR%########GB", "9400 1%## #### #### #### ##"),
    ),
    "policy": ("POLICY_NUMBER", ("PL-%###-#####", "POL%########", "HX%#######")),
    "ip4": ("IP", ("81.%#.1##.%#", "203.%#.1##.%", "94.1##.%#.%#", "176.%#.%#.%", "45.%#.%.1##")),
    "ip6": (
        "IP",
        (
            "2a02:c7f:^^^^:^^^^:^^^^:^^^^:^^^^:^^^^",
            "2001:4c4e:^^^^:^^^^::^^^^",
            "2600:1700:^^^^:^^^^::%",
        ),
    ),
    "mac": (
        "MAC",
        ("3c:22:fb:^^:^^:^^", "A4-83-E7-##-##-##", "f0d1.a9^^.^^^^", "00:1B:44:##:%#:##"),
    ),
    "device": ("DEVICE", ("F%@@%@@%Q6L#", "C02@%###MD6R", "R58N%#@@@%#", "DNP@%@@%F4J#")),
    "udid": ("DEVICE", ("0000####-00%@%###%@##002E", "^^^^^^^^-^^^^-4^^^-a^^^-^^^^^^^^^^^^")),
    "egn": ("EGN", ("8%0%1#####",)),
    "curp": ("CURP", ("@E@@8#0%1#HDF@@@0%", "@A@@9#1#0%MJC@@@1%")),
    "pan": ("PAN", ("@@@P@####@",)),
    "nino": ("NINO", ("AB ## ## ## C", "JW######D", "PX ## ## ## A")),
    "ssn": ("SSN", ("5%#-4#-%###", "2%# 7# %###", "43%8#%###")),
    "rrn": ("RRN", ("8%0%1#-1######", "920%2#-2######")),
    "npi": ("MEDICAL_LICENSE", ("BM%######", "AR%######")),
    "ssns4": ("SSN_LAST4", ("%###",)),
    "imsi": ("IMSI", ("31026#########", "23415%#########")),
    "otp": ("OTP", ("%#####", "%##-###", "%## ###")),
    "pin": ("PIN", ("%##%",)),
}


def _digits(n: int, rng: random.Random, first: str = "%") -> str:
    return fill(first + "#" * (n - 1), rng)


def _luhn(body: str) -> str:
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return body + str(-total % 10)


def _imei(rng: random.Random) -> str:
    return _luhn("35" + _digits(12, rng))


def _card(rng: random.Random) -> str:
    kind = rng.choice(("4", "51", "37", "6011"))
    body = kind + _digits((14 if kind == "37" else 15) - len(kind), rng, "#")
    number = _luhn(body)
    if len(number) == 15:
        return rng.choice((number, f"{number[:4]} {number[4:10]} {number[10:]}"))
    parts = [number[i : i + 4] for i in range(0, 16, 4)]
    return rng.choice((" ".join(parts), "-".join(parts), number))


def _nhs(rng: random.Random) -> str:
    while True:
        body = _digits(9, rng)
        check = 11 - sum(int(c) * (10 - i) for i, c in enumerate(body)) % 11
        if check != 10:
            number = body + str(check % 11)
            return rng.choice((number, f"{number[:3]} {number[3:6]} {number[6:]}"))


def _steuer(rng: random.Random) -> str:
    """German tax id: ten digits of which one stands twice, and a check digit (ISO 7064, mod 11, 10)."""
    nine = rng.sample("123456789", 9)
    nine.insert(rng.randrange(2, 9), nine[0])
    product = 10
    for c in nine:
        total = (int(c) + product) % 10 or 10
        product = 2 * total % 11
    number = "".join(nine) + str((11 - product) % 10)
    return rng.choice((number, f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"))


def _spanish(first: str, rng: random.Random) -> str:
    """A Spanish identity number: digits (after X, Y or Z for foreigners) and their letter, which is them modulo 23."""
    body = _digits(7 if first else 8, rng)
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[int(str("XYZ".find(first)) + body if first else body) % 23]
    return f"{first}{body}{letter}"


def _medicare_au(rng: random.Random) -> str:
    body = rng.choice("2345") + _digits(7, rng)
    check = sum(int(c) * w for c, w in zip(body, (1, 3, 7, 9, 1, 3, 7, 9), strict=True)) % 10
    number = f"{body}{check}{rng.randrange(1, 5)}"
    return rng.choice((number, f"{number[:4]} {number[4:9]} {number[9:]}"))


def _tfn(rng: random.Random) -> str:
    while True:
        body = _digits(9, rng)
        if (
            sum(int(c) * w for c, w in zip(body, (1, 4, 3, 7, 5, 8, 6, 9, 10), strict=True)) % 11
            == 0
        ):
            return f"{body[:3]} {body[3:6]} {body[6:]}"


def _vin(rng: random.Random) -> str:
    values = dict(
        zip(
            "ABCDEFGHJKLMNPRSTUVWXYZ",
            (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)),
            strict=True,
        )
    )
    body = (
        rng.choice(("WVW", "1HG", "JTD", "5YJ")) + fill("@@@%%", rng) + "0" + fill("@@%#####", rng)
    )
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    check = (
        sum((int(c) if c.isdigit() else values[c]) * w for c, w in zip(body, weights, strict=False))
        % 11
    )
    return body[:8] + ("X" if check == 10 else str(check)) + body[9:]


_B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _bitcoin(rng: random.Random) -> str:
    body = bytes([rng.choice((0, 5))]) + rng.randbytes(20)
    body += hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4]
    number, out = int.from_bytes(body, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = _B58[rest] + out
    return ("1" if body[0] == 0 else "") + out


def _bech32(rng: random.Random) -> str:
    """A segwit address of version 0 (BIP 173)."""
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    bits = int.from_bytes(rng.randbytes(20), "big")
    data = [0, *((bits >> shift) & 31 for shift in range(155, -1, -5))]
    check = 1
    for value in (3, 3, 0, 2, 3, *data, 0, 0, 0, 0, 0, 0):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= g if top >> i & 1 else 0
    check ^= 1
    data += [(check >> 5 * (5 - i)) & 31 for i in range(6)]
    return "bc1" + "".join(letters[d] for d in data)


def _gps(rng: random.Random) -> str:
    lat, lon = rng.uniform(-55, 65), rng.uniform(-160, 170)
    return rng.choice(
        (
            f"{lat:.5f}, {lon:.5f}",
            f"{abs(lat):.4f}°{'N' if lat > 0 else 'S'} {abs(lon):.4f}°{'E' if lon > 0 else 'W'}",
            f"{lat:.6f},{lon:.6f}",
            f"{int(abs(lat))}°{rng.randrange(10, 60)}'{rng.randrange(10, 60)}\"N"
            f" {int(abs(lon))}°{rng.randrange(10, 60)}'{rng.randrange(10, 60)}\"W",
        )
    )


def _age(rng: random.Random) -> str:
    return str(rng.randrange(91, 104))


def _b64(n: int) -> Callable[[random.Random], str]:
    return lambda rng: base64.b64encode(rng.randbytes(n)).decode()


# name → label, maker
MADE: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "imei": ("DEVICE", _imei),
    "card": ("CARD", _card),
    "nhs": ("NHS", _nhs),
    "steuer": ("STEUER_ID", _steuer),
    "dni": ("DNI", lambda rng: _spanish("", rng)),
    "nie": ("NIE", lambda rng: _spanish(rng.choice("XYZ"), rng)),
    "medicare": ("MEDICARE_AU", _medicare_au),
    "tfn": ("TFN", _tfn),
    "vin": ("VIN", _vin),
    "btc": ("CRYPTO", _bitcoin),
    "bech": ("CRYPTO", _bech32),
    "eth": ("CRYPTO", lambda rng: "0x" + rng.randbytes(20).hex()),
    "gps": ("GPS", _gps),
    "age": ("AGE_OVER_89", _age),
    "b64": ("SECRET", _b64(24)),
    "hex32": ("SECRET", lambda rng: rng.randbytes(16).hex()),
    "hex64": ("SECRET", lambda rng: rng.randbytes(32).hex()),
}
