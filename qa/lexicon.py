"""Word lists that the support check reads English with: opposites, equivalents, irregular forms, units, peoples. Data
only.

They are closed lists of common words, kept short on purpose; nothing in them is about any one document. A word that is
missing costs a little coverage, never a wrong citation.
"""

from __future__ import annotations

NEGATIONS = frozenset(
    """not no never none neither nor cannot without nobody nothing nowhere hardly scarcely barely seldom rarely fail
    fails failed failing unable lack lacks lacked lacking refuse refuses refused deny denies denied""".split()
)
"""Words that turn what follows into its opposite; contractions in n't are recognised by their ending."""

FRAMING = frozenset(
    """according document documents text passage passages source sources excerpt excerpts evidence mention mentions
    mentioned describe describes described note notes noted say says said stated states report reports reported
    indicate indicates indicated provided information however additionally furthermore moreover therefore thus hence
    overall specifically namely instead meanwhile finally example e.g i.e etc summary answer yes known called named
    approximately about around roughly nearly almost""".split()
)
"""Words with which an answer frames what a source says; they state nothing that a source could bear out."""

PRONOUNS = frozenset(
    """he she it they him her them his hers its their theirs this that these those who which whose whom former latter
    both each""".split()
)

_EQUIVALENT = """
begin start commence launch open|end finish conclude terminate close|use utilise utilize employ|
large big huge great major|
small little minor|many numerous several various|show demonstrate illustrate indicate reveal reflect|
help assist aid support|
build construct erect|buy purchase acquire|get obtain receive gain|make create produce form|found establish set|
happen occur|hold take organise host|need require necessitate|near close|buy acquire|say state declare announce|
important significant key main major principal chief central|boost strengthen enhance improve increase raise reinforce|
work cooperate collaborate cooperation collaboration partnership|focus concentrate centre|
goal aim objective purpose target|
country nation state|city town|area region zone|part portion section|job post position role|company firm business|
child kid|kill slay|choose select pick elect|allow permit enable let|forbid ban prohibit|stop halt cease|
continue proceed ongoing|happen occur|change alter modify|answer reply respond|ask request|leave depart|arrive reach|
call name term title|locate situate lie|writer author|write compose author|war conflict|battle fight combat|
beat defeat overcome|fast quick rapid|rule govern reign|ruler king monarch emperor|old ancient|new recent|
contain include comprise consist|cover span|amount quantity number|total overall|almost nearly approximately|
entire whole full complete|often frequently|only just solely|since because|during throughout|while whereas|
although though|also additionally too|danger risk threat|
talk discussion dialogue meeting round session summit conference|discuss address talk|
lead head chair preside run direct|join enter|remain stay|member participant|view opinion|think believe consider regard|
cause lead result|result outcome consequence|main primary|begin origin|die death decease|born birth|earn win receive|
fix set establish|place location site|movie film|car automobile|doctor physician|law legislation act|
teach educate instruct|student pupil|rise grow increase climb|fall decline drop decrease|cut reduce lower|
expert specialist|rich wealthy|poor impoverish|sick ill|illness disease|happy glad|attempt try|aware conscious|
injure hurt wound|harm damage hurt|accident incident crash collision|hit strike collide|cost price fee charge|
salary pay wage|pay fund finance sponsor|money cash funds|holiday vacation|shut close|repair mend fix|
faulty broken defective|error fault defect|guest visitor|customer client buyer|staff personnel employee worker|
boss manager supervisor|flat apartment|rent lease|street road|bike bicycle cycle|phone telephone|email mail|
text message|rubbish waste trash garbage|discard dispose throw|licence license permit|guarantee warranty|
register enrol enroll|cancel revoke|delay postpone|trial study experiment|baby infant|anybody anyone somebody someone|
everybody everyone|nobody none|free complimentary|store keep|renew extend|
broaden widen extend expand|declare issue proclaim|pass enact adopt|
admin administrator|lab laboratory|exam examination|app application|photo photograph|ad advertisement|info information|

withdraw retract pull|gift donation present|
donate give contribute|divide split share apportion|successor succeed replace|warn alert caution|payable due owe|
absent missing apology|deficit shortfall overspend|profit surplus|income revenue earnings|
spend expenditure expense cost|tax levy duty|tariff price rate fee charge|vote ballot poll|crime offence|
steal rob|thief burglar robber|fire blaze|storm gale|ship vessel boat|plane aircraft airplane|lorry truck|
wed marry wedding marriage|teenager adolescent|dispute quarrel argument disagreement|
deal agreement accord pact treaty|approve endorse adopt accept|reject refuse decline|plan scheme project programme|
funding grant subsidy|evaluate assess review appraise|test examine check inspect inspection examination|
speed pace|clean wash wipe|empty drain|switch turn|button key knob|screen display|
device appliance machine equipment|manual instructions handbook guide|plug socket outlet|refund reimburse repay|
deliver dispatch send|parcel package|subscription membership|apply application|vacancy opening|candidate applicant|
hire recruit employ appoint|dismiss sack|resign quit retire|inhabitant resident|live reside dwell|
survey poll questionnaire|publish issue release|photo photograph picture image|match game|prize award medal|
course training class lesson|eat consume|drink beverage|toilet lavatory restroom|gate entrance|timetable schedule|
ticket fare|passenger traveller|journey trip voyage travel|tourist visitor|forest wood woodland|
use consumption usage consume|
lawyer solicitor attorney|jail prison|medicine drug medication|house home dwelling|shop store|fuel petrol gasoline|
lift elevator|cancel unsubscribe stop|contract agreement|supplier provider|build construction|
expensive dear costly cost|cheap inexpensive|leader head chief|quote quotation|frame structure|noise sound|
spare replacement|reply response|volunteer helper|injury wound|disease disorder|hospital clinic|sleep nap doze|
permit permission|broken damaged|crack break|rot decay|mistake error|danger hazard|
likely probable|audit auditor|shipment cargo freight|amount sum|profession occupation|notice observe spot|
belief believe think|
director direct manage|chairman chairwoman chairperson chair|owner own|founder found|governor govern|captain skipper|
headteacher headmaster headmistress|mediator arbitrator|dig drill excavate|
borehole well|attend participate|attendee participant delegate|strike stoppage walkout|
outage blackout|intrusion breach hack|intruder attacker hacker|vaccine jab|vaccinate immunise immunize|
tenant renter lessee|landlord lessor|lodging accommodation|overheads administration|broadcast stream|
annual yearly|speed velocity|criticism complaint|criticise criticize complain|common frequent|
limit cap ceiling|penalty fine punishment|soldier troop|ceasefire truce armistice|border frontier|
relief aid assistance|altitude elevation height|spouse husband wife|nationality citizenship|
flood inundate|livestock cattle|vacate evacuate|quota allowance|envoy ambassador representative|
fee subscription|postpone defer|abandon scrap|overturn annul quash|foresee expect anticipate|
founding foundation establishment|demolish destroy raze|rescue save|allege accuse claim|worker labourer laborer|
conserve preserve|inaugurate open|amend change revise|supervise oversee|attribute ascribe|lodge file submit|
detect discover find|recover retrieve|depart departure|fail failure
"""
EQUIVALENT: dict[str, frozenset[int]] = {}
"""A base form → the numbers of the groups of near-synonyms that it belongs to."""
for _number, _group in enumerate(_EQUIVALENT.replace("\n", "").split("|")):
    for _word in _group.split():
        EQUIVALENT[_word] = EQUIVALENT.get(_word, frozenset()) | {_number}

_OPPOSITE = """
increase:decrease decline fall drop reduce shrink lower|rise:fall decline drop decrease|grow:shrink decline|
gain:lose loss|win:lose loss|more:less fewer|most:least fewest|many:few|high:low|higher:lower|highest:lowest|
large:small|larger:smaller|largest:smallest|big:small|bigger:smaller|biggest:smallest|long:short|longer:shorter|
longest:shortest|early:late|earlier:later|earliest:latest|before:after|first:last|begin:end|start:end finish stop|
open:close|accept:reject refuse|allow:forbid prohibit ban prevent|support:oppose|include:exclude|strong:weak|
stronger:weaker|strengthen:weaken|improve:worsen|rich:poor|new:old|young:old|younger:older elder|youngest:oldest eldest|
north:south|northern:southern|east:west|eastern:western|above:below|over:under|upper:lower|inside:outside|
internal:external|public:private|legal:illegal|possible:impossible|true:false|success:failure|succeed:fail|
easy:difficult|simple:complex|hot:cold|warm:cool|wet:dry|light:dark|male:female|man:woman|always:never|
everyone:nobody|all:none|maximum:minimum|majority:minority|positive:negative|buy:sell|import:export|
arrive:depart leave|enter:leave exit|join:leave|import:export|attack:defend|encourage:discourage|appear:disappear|
agree:disagree|like:dislike|best:worst|better:worse|wide:narrow|deep:shallow|heavy:light|fast:slow|common:rare|
frequent:rare|permanent:temporary|direct:indirect|major:minor|domestic:foreign|mandatory:optional voluntary|
with:without|left:right|ancient:modern|rural:urban|guilty:innocent|safe:dangerous|victory:defeat|create:destroy|
expand:contract|raise:lower|push:pull|add:remove|present:absent|reopen:close|full:half|active:passive|hire:fire|
love:hate|life:death
"""
OPPOSITE: dict[str, frozenset[str]] = {}
"""A base form → the forms that say the opposite."""
for _entry in _OPPOSITE.replace("\n", "").split("|"):
    _one, _others = _entry.split(":")
    for _other in _others.split():
        OPPOSITE[_one] = OPPOSITE.get(_one, frozenset()) | {_other}
        OPPOSITE[_other] = OPPOSITE.get(_other, frozenset()) | {_one}

_UNITS = """
m 1 m metre metres meter meters|m 1000 km kilometre kilometres kilometer kilometers|
m .01 cm centimetre centimetres centimeter
 centimeters|m .001 mm millimetre millimetres millimeter millimeters|m 1609.344 mi mile miles|m .9144 yd yard yards|
m .3048 ft foot feet|m .0254 inch inches|g 1 g gram grams gramme grammes|g 1000 kg kilogram kilograms kilo kilos|
g .001 mg milligram milligrams|g 1000000 tonne tonnes|g 907184.74 ton tons|g 453.59237 lb lbs pound-weight|
g 28.3495 oz ounce ounces|
s 1 sec secs seconds|s 60 min mins minute minutes|s 3600 hr hrs hour hours|s 86400 day days|s 604800 week weeks|
month 1 month months|month 12 year years yr yrs|month 120 decade decades|month 1200 century centuries|
% 1 % percent pct|m2 1000000 km2 km²|m2 10000 hectare hectares ha|m2 4046.856 acre acres|
l 1 litre litres liter liters|l 3.785412 gallon gallons|K 1 kelvin|°C 1 °c celsius|°F 1 °f fahrenheit|
W 1 watt watts|W 1000 kw kilowatt kilowatts|W 1000000 mw megawatt megawatts|W 1000000000 gw gigawatt gigawatts|
byte 1 byte bytes|byte 1000 kb kilobyte kilobytes|byte 1000000 mb megabyte megabytes|
byte 1000000000 gb gigabyte gigabytes|
byte 1000000000000 tb terabyte terabytes|Pa 100000 bar bars|Hz 1 hz hertz|Hz 1000 khz|Hz 1000000 mhz|Hz 1000000000 ghz|
USD 1 $ usd us$ dollar dollars|EUR 1 € eur euro euros|GBP 1 £ gbp pound pounds|JPY 1 ¥ jpy yen|USD .01 cent cents|
°C 1 °C|°F 1 °F
"""
UNITS: dict[str, tuple[str, float]] = {}
"""A unit as it is written, lower case → (what it measures, how many base units one is)."""
for _entry in _UNITS.replace("\n", "").split("|"):
    _dimension, _factor, *_names = _entry.split()
    for _name in _names:
        UNITS[_name] = (_dimension, float(_factor))

SCALES: dict[str, int] = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "bn": 10**9, "mn": 10**6, "dozen": 12,
}  # fmt: skip

_PEOPLES = """
france french frenchman|britain british uk|netherlands dutch|switzerland swiss|denmark danish|spain spanish|
poland polish|
sweden swedish|finland finnish|turkey turkish|ireland irish|wales welsh|scotland scottish scots|greece greek|
china chinese|
norway norwegian|portugal portuguese|germany german|thailand thai|philippines filipino philippine|
us usa american america|eu european europe|england english|uk kingdom
"""
PEOPLES: dict[str, frozenset[str]] = {}
"""A country, or its people and language where the word is not built from the country's → all of these."""
for _entry in _PEOPLES.replace("\n", "").split("|"):
    for _word in _entry.split():
        PEOPLES[_word] = PEOPLES.get(_word, frozenset()) | frozenset(_entry.split())
