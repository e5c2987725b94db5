"""User names in paths, prompts, logs, links and chats; what is nobody's stays."""

from __future__ import annotations

import pytest

from logminer.privacy.options import Profile
from tests.privacy.finders.looking import left, removed

GOES = [
    ("File \"/home/oveldkamp/projects/app/main.py\", line 12", "oveldkamp"),
    ("C:\\Users\\OksanaVeldkamp\\Desktop\taxes.xlsx cannot", "OksanaVeldkamp"),
    ("C:\\\\Users\\\\OksanaVeldkamp\\\\Desktop", "OksanaVeldkamp"),
    ("C:\\Users\\Oksana Veldkamp\\Desktop\\x", "Oksana Veldkamp"),
    ("file:///C:/Users/oveldkamp/x", "oveldkamp"),
    ("/mnt/c/Users/oveldkamp/x", "oveldkamp"),
    ("cd ~oveldkamp/src", "oveldkamp"),
    ("\\\\server\\oveldkamp$ is", "oveldkamp"),
    ("error in /Users/eene/Library/Application", "eene"),
    ("docker: mount /home/amorell/data:/data:ro", "amorell"),
    ("PS C:\\Users\\oveldkamp> dir", "oveldkamp"),
    ("oksana@laptop:~$ ls", "oksana"),
    ("[oksana@laptop ~]$ ls", "oksana"),
    ("Oksanas-MacBook-Pro:~ oksana$ ls", "oksana"),
    ("scp report.pdf ltabacu@94.103.37.56:/", "ltabacu"),
    ("ssh oveldkamp@build7", "oveldkamp"),
    ("remote: Permission to sandor-torok/dotfiles.git denied to xXraven1512. Use", "xXraven1512"),
    ("https://github.com/sandor-torok/dotfiles ?", "sandor-torok"),
    ("https://github.com/oveldkamp77", "oveldkamp77"),
    ("https://www.facebook.com/fiona.ryan vs", "fiona.ryan"),
    ("https://twitter.com/lunabean1319, which", "lunabean1319"),
    ("steamcommunity.com/id/kiwiwolf1431 got", "kiwiwolf1431"),
    ("u/ghostbean527 on r/AskHistorians", "ghostbean527"),
    ("login sklausen7, pass", "sklausen7"),
    ("twitch.tv/mrswolf1962 and https://x.com/emilie_aas/status/1766,", "emilie_aas"),
    ("https://linkedin.com/in/kadri-magi", "kadri-magi"),
    ("linkedin.com/in/kadri-magi-3a2b1", "kadri-magi-3a2b1"),
    ("telegram: t.me/kiwiraven855, signal", "kiwiraven855"),
    ("https://anastasia-vasiliev.github.io/port", "anastasia-vasiliev"),
    ("Benutzer: mnoh", "mnoh"),
    ("usuario: kabdelrahman; no", "kabdelrahman"),
    ("Accepted publickey for bvandenbroek from 81.39", "bvandenbroek"),
    ("94.184.63.82 - jprice [10/Oct/2023:13:55", "jprice"),
    ("{\"msg\":\"login\",\"user\":\"tlysenko\",\"ip\":1}", "tlysenko"),
    ("# TODO(kakar): ask", "kakar"),
    ("to f0d1.a9af.8149 (Sakuras-iPhone) via", "Sakura"),
    ("ping @leo.brito for", "leo.brito"),
    ("@oksana:matrix.org hi", "oksana"),
    ("oksana.v#4821 add", "oksana.v#4821"),
    ("https://mastodon.social/@oksanav", "oksanav"),
    ("https://medium.com/@oksanav/post", "oksanav"),
    ("https://www.tiktok.com/@oksanav", "oksanav"),
    ("-rw-r--r-- 1 oveldkamp oveldkamp 1234 May 1", "oveldkamp"),
    ("my steam is pixel_moth69, add", "pixel_moth69"),
    ("ICQ: 284917305, yes", "284917305"),
    ("chown oveldkamp:oveldkamp x", "oveldkamp"),
    ("https://wa.me/447911123456", "447911123456"),
    ("[12:03] Oksana: hi there\n[12:04] Bob K: yes", "Oksana"),
    ("03/05/24, 12:03 - Oksana Veldkamp: hi", "Oksana Veldkamp"),
    ("ruben.royo  10:31 AM\nhello", "ruben.royo"),
    ("<mrswolf339> anyone awake", "mrswolf339"),
    ("[sk8rknight1748] wrote: I am", "sk8rknight1748"),
    ("hey its franck from the gym", "franck"),
    ("this is carlos speaking", "carlos"),
    ("booking, passenger POTOCZNA, KAJA, flight", "POTOCZNA, KAJA"),
    ("prof Gomes failed me", "Gomes"),
    ("PCP C. Myklebust, next", "C. Myklebust"),
    ("Pt Gwilym, Angharad, MRN", "Gwilym, Angharad"),
    ("profile: Lesya, 34, Leeds, nurse", "Lesya"),
    ("prescription for OLUWASEUN OLATUNJI, DEA", "OLUWASEUN OLATUNJI"),
    ("Surname: PÄRN  Given names: LIIS  Sex: F", "LIIS"),
    ("请把合同发给Benjamim Araújo，邮箱", "Benjamim Araújo"),
    ("von der Kunigunde-Beer-Weg 61, 16274", "Kunigunde-Beer-Weg 61"),
    ("summary: Pavl ( 93M ) seen", "93"),
    ("My nan (94) wants to learn", "94"),
    ("She will be 98 in June", "98"),
    ("Interviewee: Gabriel Spadło, 92\nfirst", "92"),
    ("user kiwi_otter1604 reported by moderator mrsraven1018 for", "kiwi_otter1604"),
    ("reported by moderator sk8rbean884 for", "sk8rbean884"),
    ("my brother plays as pixelwolf1486", "pixelwolf1486"),
    ("creds: kiwi_otter1604 / Tulip$60x", "kiwi_otter1604"),
    ("net use Z: \\\\fs\\share /user:CORP\\noveldkamp lantern77", "noveldkamp"),
    ("| System | User | Password |\n|---|---|---|\n| VPN | mxu | Winter4449! |", "mxu"),
    ("DHL says 00340434161094027318 is stuck", "00340434161094027318"),
    ("Regrets: R. Mukherjee; absent", "R. Mukherjee"),
    ("CALL HIS WIFE KATALIN NOW", "KATALIN"),
    ("i think rajesh venkatesan likes me", "rajesh venkatesan"),
    ("[00:01:15] NKECHI OKAFOR: I had no choice", "NKECHI OKAFOR"),
    ("shipment JD014600006281920374 via", "JD014600006281920374"),
    ("UDID: d567c9b2-a48a-40e5-a601-89062cb066d6", "d567c9b2-a48a-40e5-a601-89062cb066d6"),
    ("| Employee | Staff no | Manager |\n|---|---|---|\n| Yevhen Lysenko | EMP18817 | S |", "EMP18817"),
]  # fmt: skip

STAYS = [
    "ssh root@build; git@github.com; ubuntu@ip-10-0-0-1:~$ ls; cd ~/src; /home/ubuntu/x; C:\\Users\\Public\\x; /home/user/x; /Users/yourname/x",
    "https://github.com/pytorch/pytorch and https://twitter.com/home; https://github.com/features; r/python; C#1234",
    "app.get('/home/about'); href=\"/home/contact\"; @import '~bootstrap/scss'; from user import x; user = request.user; username = input(\"x\")",
    "[12:03:44] INFO: server started\n[ERROR] failed; 12:30 Lunch: soup; <div> hello; note the time, ask for help, talk to him; this is great from here",
    "91F, humid and hot; user python311 is; 99 bottles, 92 inches; login, logout / register 2; user guest42 in; 00340434161094027311",
    "Section, 12, Apple; the team (11) from; [INFO1] x; teacher training; call me later",
]  # fmt: skip


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(("text", "value"), GOES)
def test_goes_in_both_profiles(text: str, value: str, profile: Profile) -> None:
    assert left(text, value, profile) == ""


@pytest.mark.parametrize("text", STAYS)
def test_stays_in_balanced(text: str) -> None:
    assert removed(text) == set()
