"""The coding vocabulary: constructs, their categories, severity anchors, and the closed lists of the catalogue's columns.

J is the side that acts and I the side the act bears on. The examples name no real states, so that a coder learns the rule and
not the answer. The rules that a coder follows stand in :mod:`statusmodels.events.codebook`.
"""

from __future__ import annotations

from dataclasses import dataclass

TRACKS = (
    "europe",
    "neighbourhood",
    "arms-control",
    "missile-defence",
    "middle-east",
    "cyberspace",
    "arctic",
    "economy",
    "human-rights",
    "prestige",
    "other",
)
SOURCE_KINDS = ("primary", "official", "press", "scholarly", "dataset")
DATE_PRECISIONS = ("day", "month")
VERIFICATIONS = {
    "page": "the date was seen on a public page",
    "dataset": "the date was seen in a public data set",
    "document": "the date is that of a primary document identified by title, body and date, not itself opened",
    "simulated": "the row was drawn from a model (only in simulated catalogues)",
}
SEVERITIES = (1, 2, 3, 4, 5)
NO_CONSTRUCT = "none"
"""What a coder writes in ``construct`` for an act that was read and carries nothing."""


@dataclass(frozen=True)
class Category:
    """One category of a construct: what it means, an act that belongs and one that does not."""

    name: str
    definition: str
    example: str
    counterexample: str


@dataclass(frozen=True)
class Construct:
    """One thing an act can be coded for."""

    name: str
    definition: str
    valences: dict[int, str]
    severities: tuple[str, str, str, str, str]
    categories: tuple[Category, ...]

    @property
    def category_names(self) -> tuple[str, ...]:
        """Names of the categories, in codebook order."""
        return tuple(c.name for c in self.categories)


HONOR = Construct(
    "honor",
    "Symbolic recognition: whether J's act treats I as a worthy, legitimate state of its rank, or withholds that. Honor is"
    " about regard, not about what I may do or have a say in (that is authority).",
    {+1: "grants recognition, courtesy or regard", -1: "denies, withholds or withdraws it"},
    (
        "a routine form of words, or the act of an official below minister, a private person or a team",
        "a deliberate one by a minister; a leader's message, telephone call or passing remark",
        "a formal public one by a leader, a parliament or an alliance: a speech, a resolution, a ceremony of state, a prize",
        "an institutional one: a leader's visit made or cancelled, membership of a club given or refused, a boycott",
        "recognition or denial of I's standing as an equal or legitimate state as a whole",
    ),
    (
        Category(
            "gratitude",
            "Thanks, praise, condolence or credit given for what I did or suffered, or pointedly not given.",
            "J's president thanks I's rescue team by name (+1). J's anniversary address names every ally but I (-1).",
            "J thanks the hosts in a closing formula of a joint text: routine, no code.",
        ),
        Category(
            "legitimacy",
            "I's government, constitution, borders or leader treated as rightful, or called criminal, fake or doomed.",
            "J's leader calls I's system an evil to be discarded (-1). J congratulates I's leader on election (+1).",
            "J accuses I of a particular wrong: escalation (verbal). J funds I's opposition: threat (regime-change).",
        ),
        Category(
            "equal-partnership",
            "I addressed, seated or described as an equal or partner, or as a junior, a pupil or a defeated side.",
            "A joint text speaks of the two as equals (+1). J's minister calls I a regional power (-1).",
            "A treaty that sets equal force levels: authority (arms-control-parity).",
        ),
        Category(
            "alliance-jealousy",
            "Regard shown to I by favouring it over J's allies or rivals of I, or regard given to those in I's place.",
            "J's leader visits I's breakaway neighbour on I's national day (-1). J's leader visits I before any ally (+1).",
            "J signs a defence pact with I's neighbour: threat (alliance-expansion), unless staged as a slight.",
        ),
        Category(
            "club-membership",
            "Admission to, invitation to, suspension from or exclusion from a group that confers standing.",
            "I is invited to full membership of a leaders' club (+1). I's seat is suspended (-1).",
            "I is refused a vote on a matter inside a body it belongs to: authority (exclusion).",
        ),
        Category(
            "prestige",
            "Public achievements and symbols: games, space, culture, exhibitions, anniversaries, prizes, flags, protocol.",
            "J's team stays away from games held in I (-1). A joint space crew is launched (+1).",
            "J bans export of computers to I: escalation (economic).",
        ),
        Category(
            "ignoring",
            "I's message, proposal, arrival or presence left without the notice its rank would normally get.",
            "J gives no reply to I's leader's public proposal (-1). J's leader receives I's junior envoy in person (+1).",
            "J rejects a proposal with reasons: an answer was given; not ignoring.",
        ),
    ),
)

AUTHORITY = Construct(
    "authority",
    "The accepted right to use power or have a say: whether J's act accepts that I decides, is consulted, makes rules or"
    " provides order somewhere, or denies it.",
    {+1: "accepts or widens I's say", -1: "denies, narrows or bypasses it"},
    (
        "a remark, or a routine vote or meeting, touching I's say on a minor matter",
        "an official position or proposal accepting or denying I's say on one matter",
        "a formal step by a government, parliament or alliance: a vote, a veto, a note, a body convened, an agreement",
        "a treaty signed, left or broken, or a decision of war and peace, that changes I's say on a major matter",
        "a settlement or refusal of I's say over a region, the strategic balance or the rules as a whole",
    ),
    (
        Category(
            "sphere-of-influence",
            "I's claim to a special say over neighbours or a region accepted or denied in words or by acting there.",
            "J declares that no state has a veto over its neighbours' choices (-1). J says that it respects I's special interests in"
            " a region (+1).",
            "J sells civil aircraft to I's neighbour.",
        ),
        Category(
            "consultation",
            "I asked or told before a decision that concerns it, or not; channels for consultation opened or closed.",
            "J acts an hour after a phone call in which I is merely informed (-1). A standing joint council is set up (+1).",
            "J's and I's ministers meet with no subject known: cooperation, if anything.",
        ),
        Category(
            "arms-control-parity",
            "I's right to equal limits, equal security or inspection accepted or denied in arms control.",
            "J withdraws from a treaty of equal limits (-1). The two sign equal ceilings (+1).",
            "J deploys a new missile allowed by every treaty: threat only.",
        ),
        Category(
            "rule-making",
            "I's part in making, amending or vetoing common rules accepted or denied.",
            "J co-sponsors I's resolution (+1). J blocks I's draft convention (-1).",
            "J breaks a rule it had agreed with I: rule-breaking.",
        ),
        Category(
            "rule-breaking",
            "J breaks or sets aside a rule or promise on which I's say rests (-1), or returns to it (+1).",
            "J uses force without the mandate that I's vote would have been needed for (-1). J returns to a treaty it had"
            " suspended (+1).",
            "J proposes to amend the rule by the agreed procedure: rule-making.",
        ),
        Category(
            "exclusion",
            "I left out of, or brought into, talks or bodies that decide a matter.",
            "A peace conference is held without I (-1). I is made co-chair of the talks (+1).",
            "I is not invited to a dinner: honor.",
        ),
        Category(
            "democracy-guru",
            "I's claim to teach, monitor or judge how others govern accepted or refused, chiefly by the side so judged.",
            "J expels I's democracy-promotion office (-1). J invites I's election observers (+1).",
            "J criticises I's elections: J claims the role here; honor (legitimacy) toward I, or escalation (verbal).",
        ),
        Category(
            "security-provider",
            "I's claim to protect, police or mediate somewhere accepted or refused.",
            "J opens its airspace to I's relief operation (+1). J demands that I's base be closed (-1).",
            "J and I exercise together: cooperation (joint-action).",
        ),
    ),
)

THREAT = Construct(
    "threat",
    "Material capabilities, doctrines, deployments or operations of J that could harm I's security, its retaliatory forces, its"
    " leadership or its friends' rule; and the lifting of them. Code what the act puts in place or takes away, not whether"
    " I objected.",
    {
        -1: "creates, announces or enlarges the danger",
        +1: "relieves it: cancels, withdraws, dismantles, renounces",
    },
    (
        "a study, option, offer or statement of intent",
        "a decision: programme, budget, doctrine, order, accession step; for relief, a decision or signed pledge to end one",
        "a test, first element, limited deployment, patrol or minor operation; for relief, a first or partial withdrawal",
        "an operational deployment, accession or sustained operation; for relief, its end or completed withdrawal",
        "a large deployment or operation that bears directly on I's deterrent, capital, government or territory; for relief, the"
        " end of one",
    ),
    (
        Category(
            "missile-defence",
            "Sensors, interceptors, sites or programmes against ballistic missiles, and limits on them.",
            "J orders interceptors to a site near I's border (-1). J cancels the site (+1).",
            "J and I share early-warning data: cooperation (and +1 only if a capability is given up).",
        ),
        Category(
            "decapitation-capability",
            "Forces or doctrine able to strike leadership, command or retaliatory forces with little warning.",
            "J stations missiles eight minutes from I's capital (-1). Both remove them (+1).",
            "J buys more infantry vehicles: force-posture.",
        ),
        Category(
            "solidarist-intervention",
            "Use of force or coercion in a third country in the name of its people, human rights or order.",
            "J bombs a third state to stop abuses there (-1). J ends the air campaign (+1).",
            "J evacuates its own citizens by helicopter.",
        ),
        Category(
            "regime-change",
            "Acts to replace or undermine I's government or that of I's friend: arms to insurgents, funds to oppositions,"
            " invasion, laws and doctrine to that end.",
            "J arms rebels against I's client (-1). J ends that programme (+1).",
            "J calls I's elections flawed: honor.",
        ),
        Category(
            "alliance-expansion",
            "Steps that bring states or bases near I into J's alliance, or rule that out.",
            "J's alliance invites I's neighbour (-1). J's alliance pledges no bases there (+1).",
            "J's ally joins a customs union.",
        ),
        Category(
            "force-posture",
            "Other forces: troops, ships, bombers, exercises, weapons, budgets, doctrine on their use.",
            "J moves a division to I's border (-1). J announces unilateral cuts (+1).",
            "A patrol that endangers I's ship: escalation (military-display), and not threat.",
        ),
    ),
)

ESCALATION = Construct(
    "escalation",
    "A hostile act of J directed at I itself: its state, citizens, property or forces, or its treaty ally or garrison under"
    " attack. The severity is the hostility level used throughout, comparable with the scale of Militarized Interstate Disputes.",
    {-1: "every escalation is coded -1; a step down is cooperation (restraint)"},
    (
        "level 1: protest, accusation, hostile statement, summons, attribution of a deed",
        "level 2: coercion without arms: expulsion, arrest, indictment, sanction, embargo, jamming, harassment, talks or a treaty"
        " broken off, a cyber intrusion",
        "level 3: threat or display of force: alert, deployment against I, incursion, dangerous intercept, collision, seizure by"
        " armed forces",
        "level 4: use of force against I, its citizens or forces (shots at them, persons hurt or killed by armed forces), also"
        " through a proxy that J directs while itself engaged",
        "level 5: war between J and I",
    ),
    (
        Category(
            "verbal",
            "Protest, accusation, threat in words short of a threat of force.",
            "J's ministry accuses I of breaking a treaty (severity 1).",
            "J's ministry regrets that talks were short: not hostile.",
        ),
        Category(
            "diplomatic",
            "Expulsions, recalls, closed offices, cancelled visits, suspended talks, votes to suspend or condemn.",
            "J expels ten of I's diplomats (severity 2).",
            "A visit is postponed for illness.",
        ),
        Category(
            "economic",
            "Embargoes, sanctions, seizures of assets, denial of credit or trade status, cut-offs of supply.",
            "J bans grain sales to I (severity 2).",
            "A tariff that applies to all countries alike.",
        ),
        Category(
            "military-display",
            "Alerts, threats of force, shows of force, incursions, dangerous intercepts directed at I.",
            "J's fighters pass within ten metres of I's aircraft (severity 3).",
            "A long-planned annual exercise at home, notified: threat (force-posture), if anything.",
        ),
        Category(
            "military-use",
            "Force used against I or its forces or citizens.",
            "J shoots down I's aircraft (severity 4).",
            "J bombs a third state with none of I's forces there: threat (solidarist-intervention).",
        ),
        Category(
            "covert",
            "Espionage, sabotage, poisoning, cyber operations, covert arms to those fighting I.",
            "J's service breaks into I's ministry network (severity 2).",
            "J charges I's spy: diplomatic or verbal, by what J does.",
        ),
    ),
)

COOPERATION = Construct(
    "cooperation",
    "J acts together with I, agrees with I, or holds back to I's benefit.",
    {+1: "every cooperation is coded +1; its withdrawal is escalation"},
    (
        "an offer, contact, message or routine meeting that opens or keeps a channel",
        "a technical agreement, an exchange, a meeting of ministers, one person or thing released",
        "an executive agreement, joint programme or operation, summit, moratorium, sanction lifted",
        "a treaty signed, ratified or in force, or a major joint operation or withdrawal",
        "a settlement or alliance-like commitment",
    ),
    (
        Category(
            "agreement",
            "Something signed, ratified, extended, or agreed in a joint text.",
            "J and I sign a fisheries accord (severity 2).",
            "J proposes a treaty in a speech: severity 1 at most; an offer is not an agreement.",
        ),
        Category(
            "joint-action",
            "Doing something together or for one another: operations, relief, science, exchanges, visits that take place.",
            "J's ships help save I's crew (severity 2).",
            "J attends a multilateral meeting where I is also present.",
        ),
        Category(
            "restraint",
            "J holds back, lifts, releases, withdraws or de-escalates to I's benefit.",
            "J releases I's arrested citizen (severity 2).",
            "J delays its own test for technical reasons.",
        ),
    ),
)

CONSTRUCTS: dict[str, Construct] = {c.name: c for c in (HONOR, AUTHORITY, THREAT, ESCALATION, COOPERATION)}
