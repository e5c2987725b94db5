"""Values of tables, tags and keys go by what their columns are called."""

from __future__ import annotations

import pytest

from logminer.privacy.options import Profile
from tests.privacy.finders.looking import left, removed

GOES = [
    ("name;strasse;plz;ort\nWeiß, Ortrud;Cosima-Flantz-Gasse 6371;54203;Strasburg", "Cosima-Flantz-Gasse 6371"),
    ("name;strasse;plz;ort\nWeiß, Ortrud;Cosima-Flantz-Gasse 6371;54203;Strasburg", "54203"),
    ("name;strasse;plz;ort\nHamann, Sükrü;Cosima-Flantz-Gasse 6371;54203;Strasburg", "Hamann, Sükrü"),
    ("\"Patient\",\"MRN\",\"Drug\"\n\"Bok, Bruno\",\"MRN-9832214\",\"metformin 500 mg\"", "MRN-9832214"),
    ("\"Patient\",\"MRN\",\"Drug\"\n\"Bok, Bruno\",\"MRN-9832214\",\"metformin 500 mg\"", "Bok, Bruno"),
    ("student\tid\tgrade\nHesti Pertiwi\tU8182789\tB+", "U8182789"),
    ("vin,plate,owner\n5YJKDT524AX549092,HH-X 179,LICĂ STOICA", "HH-X 179"),
    ("COPY t (id, surname, forename, nino) FROM stdin;\n41\tWarsame\tHodan\tJW125166D\n42\tDahl\tAnders\tAB 69 47 09 C", "Anders"),
    ("INSERT INTO users (first_name, last_name, pw) VALUES ('oksana','veldkamp','x'), ('Bo','Ek','y')", "veldkamp"),
    ("<patient id=\"77\"><name>Adebola Fashola</name><identifier>MRN-7907741</identifier></patient>", "MRN-7907741"),
    ("<patient id=\"77\"><name>Adebola Fashola</name><birthDate>x</birthDate></patient>", "Adebola Fashola"),
    ("<addr><zip>96760</zip></addr>", "96760"),
    ("verify: name=Danijela_Lukić, id=JW965936D, tel=x", "Danijela_Lukić"),
    ("verify: name=Danijela_Lukić, id=JW965936D, tel=x", "JW965936D"),
    ("BEGIN:VCARD\nN:Farley;Mark;;;\nFN:Mark Far", "Mark"),
    ("{\"first_name\": \"oksana\", \"surname\": \"veldkamp\"}", "veldkamp"),
    ("| Name | Emp ID | Manager |\n|---|---|---|\n| Femke Veldkamp | E-13922 | Sean Ward |\n| Yevhen Lysenko | EMP18817 | Sean Ward |", "Yevhen Lysenko"),
    ("surname: veldkamp\nforename: oksana", "veldkamp"),
    ("氏名：山田太郎, \"nachname\": \"veldkamp\"", "veldkamp"),
]  # fmt: skip

STAYS = [
    "class P:\n    first_name = models.CharField(max_length=30)\n    name: str = \"x\"\n<name>my-artifact</name>, name=\"first_name\", <input name=\"email\" placeholder=\"Your name\">",
    "name,price,qty\nWidget,12,3\nGadget,40,1",
    "| Name | Age | City |\n|---|---|---|\n| Python | 30 | x |",
]  # fmt: skip


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(("text", "value"), GOES)
def test_goes_in_both_profiles(text: str, value: str, profile: Profile) -> None:
    assert left(text, value, profile) == ""


@pytest.mark.parametrize("text", STAYS)
def test_stays_in_balanced(text: str) -> None:
    assert removed(text) == set()
