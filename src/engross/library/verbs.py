"""Tables of verbs that change in their own way, and the endings of the regular ones. Facts, no code."""

from __future__ import annotations

_ENGLISH = """
arise arose arisen; awake awoke awoken; bear bore borne; beat beat beaten; become became become; begin began begun;
bend bent bent; bet bet bet; bid bid bid; bind bound bound; bite bit bitten; bleed bled bled; blow blew blown;
break broke broken; breed bred bred; bring brought brought; broadcast broadcast broadcast; build built built;
burst burst burst; buy bought bought; cast cast cast; catch caught caught; choose chose chosen; cling clung clung;
come came come; cost cost cost; creep crept crept; cut cut cut; deal dealt dealt; dig dug dug; do did done;
draw drew drawn; drink drank drunk; drive drove driven; eat ate eaten; fall fell fallen; feed fed fed; feel felt felt;
fight fought fought; find found found; flee fled fled; fling flung flung; fly flew flown; forbid forbade forbidden;
forecast forecast forecast; foresee foresaw foreseen; forget forgot forgotten; forgive forgave forgiven;
forgo forwent forgone; freeze froze frozen; get got gotten; give gave given; go went gone; grind ground ground;
grow grew grown; hang hung hung; have had had; hear heard heard; hide hid hidden; hit hit hit; hold held held;
hurt hurt hurt; keep kept kept; know knew known; lay laid laid; lead led led; leave left left; lend lent lent;
let let let; lie lay lain; light lit lit; lose lost lost; make made made; mean meant meant; meet met met;
mislead misled misled; mistake mistook mistaken; misunderstand misunderstood misunderstood; outgrow outgrew outgrown;
overcome overcame overcome; overhear overheard overheard; oversee oversaw overseen; overtake overtook overtaken;
overthrow overthrew overthrown; partake partook partaken; pay paid paid; prepay prepaid prepaid; prove proved proven;
put put put; quit quit quit; read read read; rebuild rebuilt rebuilt; redo redid redone; remake remade remade;
repay repaid repaid; rid rid rid; ride rode ridden; ring rang rung; rise rose risen; run ran run; say said said;
see saw seen; seek sought sought; sell sold sold; send sent sent; set set set; shake shook shaken; shed shed shed;
shine shone shone; shoot shot shot; show showed shown; shrink shrank shrunk; shut shut shut; sing sang sung;
sink sank sunk; sit sat sat; sleep slept slept; slide slid slid; speak spoke spoken; speed sped sped; spend spent spent;
spin spun spun; split split split; spread spread spread; spring sprang sprung; stand stood stood; steal stole stolen;
stick stuck stuck; sting stung stung; strike struck struck; string strung strung; strive strove striven;
swear swore sworn; sweep swept swept; swim swam swum; swing swung swung; take took taken; teach taught taught;
tear tore torn; tell told told; think thought thought; throw threw thrown; undergo underwent undergone;
understand understood understood; undertake undertook undertaken; undo undid undone; unwind unwound unwound;
uphold upheld upheld; upset upset upset; wake woke woken; wear wore worn; weave wove woven; weep wept wept; win won won;
wind wound wound; withdraw withdrew withdrawn; withhold withheld withheld; withstand withstood withstood;
wring wrung wrung; write wrote written; rewrite rewrote rewritten
"""

ENGLISH_IRREGULAR: dict[str, tuple[str, str]] = {
    base: (past, participle)
    for base, past, participle in (entry.split() for entry in _ENGLISH.strip().split(";"))
}
"""Base → simple past, past participle."""

Tenses = dict[str, tuple[str, ...]]
"""``present`` and ``past`` → the endings for I, you, he, we, you (plural), they."""


def _tenses(present: str, past: str) -> Tenses:
    return {"present": tuple(present.split()), "past": tuple(past.split())}


ROMANCE_ENDINGS: dict[str, dict[str, Tenses]] = {
    "es": {
        "ar": _tenses("o as a amos áis an", "é aste ó amos asteis aron"),
        "er": _tenses("o es e emos éis en", "í iste ió imos isteis ieron"),
        "ir": _tenses("o es e imos ís en", "í iste ió imos isteis ieron"),
    },
    "fr": {
        "er": _tenses("e es e ons ez ent", "ai as a âmes âtes èrent"),
        "ir": _tenses("is is it issons issez issent", "is is it îmes îtes irent"),
        "re": _tenses("s s - ons ez ent", "is is it îmes îtes irent"),
    },
    "pt": {
        "ar": _tenses("o as a amos ais am", "ei aste ou amos astes aram"),
        "er": _tenses("o es e emos eis em", "i este eu emos estes eram"),
        "ir": _tenses("o es e imos is em", "i iste iu imos istes iram"),
    },
}
ROMANCE_ENDINGS["fr"]["re"]["present"] = ("s", "s", "", "ons", "ez", "ent")

ROMANCE_IRREGULAR: dict[str, dict[str, Tenses]] = {
    "es": {
        "ser": _tenses("soy eres es somos sois son", "fui fuiste fue fuimos fuisteis fueron"),
        "estar": _tenses(
            "estoy estás está estamos estáis están",
            "estuve estuviste estuvo estuvimos estuvisteis estuvieron",
        ),
        "ir": _tenses("voy vas va vamos vais van", "fui fuiste fue fuimos fuisteis fueron"),
        "tener": _tenses(
            "tengo tienes tiene tenemos tenéis tienen", "tuve tuviste tuvo tuvimos tuvisteis tuvieron"
        ),
        "haber": _tenses("he has ha hemos habéis han", "hube hubiste hubo hubimos hubisteis hubieron"),
        "hacer": _tenses(
            "hago haces hace hacemos hacéis hacen", "hice hiciste hizo hicimos hicisteis hicieron"
        ),
        "poder": _tenses(
            "puedo puedes puede podemos podéis pueden", "pude pudiste pudo pudimos pudisteis pudieron"
        ),
        "querer": _tenses(
            "quiero quieres quiere queremos queréis quieren",
            "quise quisiste quiso quisimos quisisteis quisieron",
        ),
        "decir": _tenses(
            "digo dices dice decimos decís dicen", "dije dijiste dijo dijimos dijisteis dijeron"
        ),
        "dar": _tenses("doy das da damos dais dan", "di diste dio dimos disteis dieron"),
    },
    "fr": {
        "être": _tenses("suis es est sommes êtes sont", "fus fus fut fûmes fûtes furent"),
        "avoir": _tenses("ai as a avons avez ont", "eus eus eut eûmes eûtes eurent"),
        "aller": _tenses("vais vas va allons allez vont", "allai allas alla allâmes allâtes allèrent"),
        "faire": _tenses("fais fais fait faisons faites font", "fis fis fit fîmes fîtes firent"),
        "pouvoir": _tenses("peux peux peut pouvons pouvez peuvent", "pus pus put pûmes pûtes purent"),
        "vouloir": _tenses(
            "veux veux veut voulons voulez veulent", "voulus voulus voulut voulûmes voulûtes voulurent"
        ),
        "devoir": _tenses("dois dois doit devons devez doivent", "dus dus dut dûmes dûtes durent"),
    },
    "pt": {
        "ser": _tenses("sou és é somos sois são", "fui foste foi fomos fostes foram"),
        "estar": _tenses(
            "estou estás está estamos estais estão", "estive estiveste esteve estivemos estivestes estiveram"
        ),
        "ir": _tenses("vou vais vai vamos ides vão", "fui foste foi fomos fostes foram"),
        "ter": _tenses("tenho tens tem temos tendes têm", "tive tiveste teve tivemos tivestes tiveram"),
        "fazer": _tenses("faço fazes faz fazemos fazeis fazem", "fiz fizeste fez fizemos fizestes fizeram"),
        "poder": _tenses(
            "posso podes pode podemos podeis podem", "pude pudeste pôde pudemos pudestes puderam"
        ),
    },
}
"""Language → infinitive → tenses."""
