"""Irregular forms of common English words, which no stemmer knows. Data only; a closed list, about no document."""

from __future__ import annotations

_IRREGULAR = """
arise arose arisen|awake awoke|bear bore borne born|beat beaten|become became|begin began begun|bend bent|bind bound|
bite bit bitten|bleed bled|blow blew blown|break broke broken|breed bred|bring brought|build built|burn burnt|
buy bought|
catch caught|choose chose chosen|come came|creep crept|deal dealt|dig dug|draw drew drawn|drink drank drunk|
drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|fly flew flown|
forbid forbade forbidden|forget forgot forgotten|forgive forgave forgiven|freeze froze frozen|get got gotten|
give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|keep kept|know knew known|
lay laid|lead led|learn learnt|leave left|lend lent|lie lay lain|light lit|lose lost|make made|mean meant|meet met|
pay paid|ride rode ridden|ring rang rung|rise rose risen|run ran|see saw seen|seek sought|sell sold|send sent|
shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat|
sleep slept|slide slid|speak spoke spoken|spend spent|spin spun|spring sprang sprung|stand stood|steal stole stolen|
stick stuck|strike struck|strive strove|swear swore sworn|swim swam swum|swing swung|take took taken|teach taught|
tear tore torn|tell told|think thought|throw threw thrown|understand understood|undertake undertook undertaken|
wake woke|wear wore worn|win won|withdraw withdrew withdrawn|write wrote written|
man men|woman women|child children|person people|foot feet|tooth teeth|mouse mice|goose geese|criterion criteria|
phenomenon phenomena|medium media|datum data|analysis analyses|basis bases|crisis crises|thesis theses|index indices|
life lives|wife wives|leaf leaves|half halves|good better best|bad worse worst|far further furthest|
die dead death|choose choice|grow growth|strong strength|long length|high height|wide width|deep depth|
sell sale|lose loss|live life|think thought|defend defence defense|centre center|behaviour behavior|colour color|
labour labor|programme program|organise organize organisation organization|theatre theater|metre meter|fibre fiber|
dialogue dialog dialogs|catalogue catalog catalogs|analogue analog
"""
IRREGULAR: dict[str, str] = {
    form: group.split()[0] for group in reversed(_IRREGULAR.replace("\n", "").split("|")) for form in group.split()
}
"""An irregular form → the word it belongs to (where two claim it, the first listed)."""
