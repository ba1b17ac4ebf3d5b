"""Letters that stand together in English: for every two letters, those that may come third.

``^`` marks the beginning of a word and ``$`` its end. A triple is listed if a word
found in at least two published English texts holds it; `benchmarks/judges.py --tables` estimates the list
again.
"""

from __future__ import annotations

_TABLE = """
^abcdefghilmnpqrstuvwx ^baeiloruy ^caehiloruy ^daeioruy ^eacdfgilmnpqrstuvxy ^faeiloru ^gaehiloru
^haeiouy ^icdglmnorstv ^jaeou ^kaein ^labeiouy ^maeiopuy ^naeiou ^oabcdfiklnprstuvwx ^paehilorsu ^qau
^raehiou ^sacehiklmnopqtuwy ^taehiorsuwy ^ulmnprst ^vaeiou ^waehior ^yaeio ^zeio ab$abdeilorsuy
ac$acehikloqrtuy ad$acdefghijlmoqrsuvwy ae$r af$aeflrt ag$aegimnorsu ahe aicdglmnrstv ajeo ak$definsu
al$abcefgiklmoprstuvwy am$abeimopsy an$acdegiknostuxyz aos ap$aehilopsty aqiu ar$abcdefgiklmnopqrstvy
as$acehikmnopstuy at$acefhilmnorstuy aucdglmnrst avaeioy aw$aefinsy ax$eil ay$abceilmost azaeio
babcdfgiklmnrst bbeilry bdiou be$acdefghilnrstvy bfa biacdegklnorstz bje blaeiouy bmaei
boabdhlmnorstuvwxy braeiouy bs$eioptu bt$airu bubdgilmnorstyz by$ept ca$bcdfgklmnprstuvy ccaeiloru cdo
ce$abcdefilmnprst ch$aeilmnoruy ciacdefglmnoprstvz ck$aegilmnopsuwy claeiouy coacdefghilmnoprstuvw cqu
craeiouy cs$ ct$aefilorsu cubceilmoprstu cy$bclm da$bilmnprstuwy dbay dcah dd$aeilrsy
de$abcdefgilmnopqrstvx dfaiu dgeimu dheo diabcdefglmnoprstuvz djaeu dka dleiy dmaei dn$aei
do$cegilmnoprstuwxz dpi dqu draeiouy ds$chpt dthr duabcelmoprst dvaeio dwai dy$eins ea$bcdfgklmnprstuvw
eb$aeorstuy ec$adehiklortu ed$abdegilnorsuy ee$acdfiklmnprstz ef$aefilorstu eg$aegilmnorsuy ehaeio
ei$cfglnoprstvz ejeou ek$deils el$acdefilmoprstuvy em$abeinopsuy en$acdefghijlnoprstuvwy eo$glmnprstux
ep$aehiloprstu equ er$abcdefghiklmnoprstuvwy es$acehikmnopstu et$abcehioprstuwy eu$dmnprstvx evaeio
ew$aehilops ex$acehiptu ey$eios eze fabcdiklmnqrstuv fe$acdegilmnrstw ff$aeilosu fiabcdefglnrstvx
flaeiouy focelorsux fraeiou fs$hip ft$behiloswy fueglnrst fwa fy$i ga$bcegilmnprstuvyz gby gdo
ge$adelmnorst gg$aeilrs gh$beilnostw giabcdefgmnorstvz glaeiouy gm$ae gn$aeimost go$adeilnortv graeioy
gs$it gth guaeilmnorsty gwr gy$n ha$bcdfgiklmnoprstuvyz hbo hca hdar he$acdefilmnoqrstwxy hfu
hiabcdefglmnoprstv hleioy hm$aes hneiou ho$abcdegilmnoprstuw hqu hraeiou hs$t ht$efhilnsy hubcegmnrst
hwae hy$bdglmpst ia$bcglmnprst ib$aeilorsu ic$aehiklorstuy id$adegilnostuw ie$cdfglnrstuvw ifaefiloty
ig$aeghilmnorsu iho iju ikei il$abdeiklmorstuvwy im$abeilmopsu in$acdefghijklmnopstuvy io$deglmnrstuvx
ip$aehilmoprstuy iqu ir$acdegilmnoprstuwy is$acdefghiklmnoprstuy it$acefhilmnorstuwy iums ivaeioy iwi
ix$eit izaeiouz jacgir jeaclw jobikruy juadmnrsv ka$bglrty kdao ke$dehlnprstuy kfau kgr kicdelnprst
klaeioy kmae knaeio kofnu kpel kru ks$h kto kulp kwaio ky$ la$bcdgikmnprstuvwyz lb$elsu lcaehou
ld$efhilnrsvw le$abcdefgilmnoprstuvwxy lf$airw lgao lho li$abcdefghkmnopqstvwz lk$aeils ll$abehimnopsuwy
lm$aeios lne lo$abcdgilmnopqrstuvwy lp$aefhis lreoy ls$eiot lt$aehiosuy luabcdegilmnorstx lvaei lwa
ly$cefgimrstz ma$bcdgijklmnprstxy mb$aeilorsu me$acdefilmnoprstw mfou mi$acdefglmnrstuxz mle mmaeiouy
mn$aeis mo$bcdgiklmnorstuv mp$aehilorstu ms$et mucdflmnrst my$st na$bcdfgiklmnprstuvx nbio nc$aehilortuy
nd$acefghilmnoprstuwy ne$acdefgilmnopqrstuvwxy nfaeiloru ng$adeilnorstuw nhaeio ni$abcdefglmnopqstuvz
njeou nk$efilnrs nlaeioy nmaeo nnaeiouy no$bcegilmnoprstuvw nplru nqu nraeio ns$acefhilmoptuw
nt$aehilmorsuy nu$acefilmnorst nvaeio nwair nxi ny$imotw nzo oa$cdklmnprstv ob$abeijlstu ocacehiklortu
od$abcdegikosuy oe$cdmstux of$efiot og$aeilnorsuy oheioy oicdlnrst oje ok$aeis ol$acdefiklostuvy
om$abefimopsy on$abcdefgijklmnopqstuvwy oo$dfklmnprst op$acehilmoprstuy oqu or$abcdefghiklmnopqrstuwy
os$aceikmopstuy ot$abeghilorstuy ou$bcdglnprst ovaeio ow$acdeilnrst ox$eiy oy$aeims oze pabcgilnprstvy
pcao pda pe$acdegjlnoprstuw pfru pgr ph$aeiorsty piacdeglnoprstvz plaeiouy pmeu poceiklnoprstuvw
pp$aeilorsy praeio ps$eiy pt$acehilosuy publmnprstz py$ailr qalt qir quaeio ra$bcdfgijlmnprstuvwxyz
rb$aeilosuy rc$aehioruy rd$aehilosuw re$abcdefghijlmnopqrstuvwy rf$aeiou rg$aeioruy rhaeoy
riabcdefgjklmnopstuvz rk$aeimnps rl$adefiosy rm$aefilosuy rn$aeimos ro$abcdefghijklmnoprstuvwxy
rp$aelorst rqu rraeiouy rs$aehioptuy rt$abefhilmnoprsuwy rubcdegilmnprst rvaeio rwaehi ry$dilost
sa$bcdfgiklmnprstuvwy sba sc$aehilorsu sdaeio se$abcdefghilmnpqrstuvwx sfaeiu sgr sh$abeimnoruy
siabcdefglmnorstvxz sk$aeistuy slaeiouy sm$aeiosu sn$aeo so$acdfgilmnoprtuvy sp$aehilorsu squ sreo
ss$aefilmnopruw st$abehilmorsuwy suabcefgilmnprs swaeio sy$clmnrs ta$bcdfgiklmnprstuxy tbaor tc$hory
tdao te$abcdefgilmnopqrstuwx tfou tgu th$acdefilmnoqrsuwy ti$abcdefglmnopqrstvz tlaeioy tmeo tnei
to$acdegiklmnoprstuvwxy tphlu traeiouy ts$eimtu ttaeilorsy tuabcdeflmnorst twaeio ty$cilmpr uabdgklnrt
ub$abdefijlmorstu ucacehiklortu ud$egioy ue$delmnors ufaf ug$abeghisu uiacdelnprstv ul$abcdefilmnosty
um$abeimnopsu un$abcdefghijklmnopqrstuvw uo$rtuy up$acdefghiloprsty ur$abcdefgiklmnoprstvy
us$abcehiklnpstuy ut$abcdehilmoprstuy uum uver ux$u uy$eis uzz vabcdgilmnprst ve$acdghilmnrsty
viabcdeglnorstv vocdiklrtuy vre vul vy$ wagiklmnprstvy wca wde we$abdeilnprstv wfu whaeioy wicdflmnprst
wl$aesy wn$els wo$elmnoru wpo wreiou ws$cpu wth wye xacgmt xcehilu xecdmrs xhi xiabcdelmnost xle
xpaeiloru xt$aehirsuy xuar xygr yabglmr yber ycaehlo ydar ye$abdelrst yfi ygaei yiens yl$aceiou
ym$abemopu ynadty yofglnru ypaeio yraiu ys$eilt ytehi ywh yze za$brst ze$abdnrs zin zley zo$dmnor zur
zzal
"""

TRIPLES = frozenset(entry[:2] + third for entry in _TABLE.split() for third in entry[2:])
"""Every listed triple."""
