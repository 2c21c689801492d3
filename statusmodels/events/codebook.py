"""The codebook a coder works from: rules of decision, edge cases, and the vocabulary, rendered as one page.

``data/CODEBOOK.md`` is :func:`codebook` written to a file; a test holds the two equal.
"""

from __future__ import annotations

from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT

VERSION = 2

RULES = (
    "Code only what the text says. Use no knowledge of what came before or after, do not guess motives, and let the form of the"
    " act decide its severity, not its fame.",
    f"An act may carry several constructs, or none: then write one row `{NO_CONSTRUCT}, {NO_CONSTRUCT}, 0, 0` and the confidence,"
    " so that 'read, nothing found' differs from 'not read'. Give each construct at most twice (two categories), and only if both"
    " are plainly there; otherwise choose the one category that fits best.",
    "One category, one valence. Where an act both grants and denies in one category, code what its operative part does; where"
    " neither outweighs, leave that category out.",
    "The sender is J and the receiver I, always. A joint act entered twice is coded from each side's own row.",
    "Honor or authority? Ask what I would lose: regard (honor) or a say (authority).",
    "Honor or escalation, for words? Words about what I is (its rank, right to rule, character) are honor; words about what I did"
    " (a protest, an accusation, a demand) are escalation (verbal), severity 1. Both only if the text has both.",
    "Threat or escalation? Threat is what J has, builds or does elsewhere; escalation is what J does to I. A deployment directed"
    " at I by name in a dispute can be both.",
    "Words alone are never more than escalation 1, unless they threaten force (3). Words can still deny honor severely.",
    "Threat severity is the stage reached (word, decision, first element, in operation), and a relief is read down the same"
    " stages. Size matters only between 4 and 5.",
    "Third states. An act in or toward a third state bears on I through threat (what it puts in place) or authority (if the text"
    " shows I's say there, or a rule I shares). It is escalation only if I's own people, property or forces, or I's treaty ally,"
    " are its target.",
    "Confidence: 0.9 or more where the text leaves no doubt; 0.5 where another coder could well differ; below 0.3 leave out.",
)

EDGE_CASES: dict[str, str] = {
    "boycott, absence, low-rank delegation": "Honor -1 (prestige): severity 4 a boycott or a leader who stays away by decision of"
    " the government, 2 a minister, 1 a junior. Escalation 2 (diplomatic) only for a boycott decided by the government against I.",
    "treaty left, suspended or not observed": "Authority -1 (arms-control-parity for arms treaties, else rule-breaking),"
    " severity 4; escalation 2 (diplomatic) if the text directs it at I. Notice of leaving is coded as leaving.",
    "treaty signed, ratified or in force": "Cooperation 4 (agreement); authority +1 (arms-control-parity), severity 4, if limits,"
    " inspection or security are equal; threat +1, severity 2, only if it names weapons or forces to be given up.",
    "treaty signed and not ratified; ratification refused or put off": "Authority -1 (arms-control-parity or rule-making),"
    " severity 3.",
    "leak, unattributed report": "No code unless the text attributes it to J's government.",
    "summit or visit": "Cooperation 3 (joint-action) for leaders, 2 for ministers, 1 for officials. Honor +1 (prestige or"
    " equal-partnership) only if the text shows rank, ceremony or words of regard.",
    "summit that ends without agreement": "The cooperation of the meeting held, at one less than above; nothing for what was not"
    " agreed; escalation 2 (diplomatic) if J walks out.",
    "visit, talks or exchange cancelled or postponed by J": "Escalation 2 (diplomatic); honor -1 (prestige), severity 4, for a"
    " leader's visit. Illness or calendar: no code.",
    "offer, proposal": "Cooperation 1 (agreement). Threat +1, severity 1, if it would give up named weapons or forces.",
    "unilateral moratorium, cut or pledge in effect": "Cooperation 3 (restraint); threat +1 by stage.",
    "I's proposal rejected": "Nothing, unless I's say in the matter is denied (authority) or no answer is given (honor, ignoring).",
    "refusal to be lectured": "J rejects I's right to comment on how J governs: authority -1 (democracy-guru), severity 2;"
    " escalation 1 (verbal) as well if J accuses I of interference.",
    "criticism of I's government, elections or rights record": "A named deed: escalation 1 (verbal). The regime's right to rule"
    " or its character: honor -1 (legitimacy).",
    "congratulation, condolence, thanks": "Honor +1 (legitimacy for an election or office, else gratitude): severity 1 from a"
    " ministry or spokesman or in routine form, 2 from a leader, 3 in a speech or ceremony for that purpose.",
    "veto in the Security Council": "Authority -1 (rule-making), severity 3; 4 if the draft concerned a war under way or forces"
    " of the United Nations. Nothing if the text shows that I did not support the draft.",
    "resolution or vote condemning I": "Escalation 2 (diplomatic); honor -1 (legitimacy), severity 3, only if it denies right or"
    " character.",
    "sanction, embargo, export ban": "Escalation 2 (economic). A law or order whose text seeks a change of I's government: also"
    " threat -1 (regime-change), severity 2.",
    "arrest, trial, expulsion, indictment": "Escalation 2 (diplomatic), whoever is arrested. A swap, release or pardon:"
    " cooperation 2 (restraint).",
    "espionage, intrusion, sabotage, poisoning": "The deed by J: escalation 2 (covert), 4 if I's own citizens or forces were hurt."
    " J's naming of I as culprit: escalation 1 (verbal), 2 with a penalty.",
    "jamming, blocking, broadcasting": "Jamming or blocking I's broadcasts or media: escalation 2 (covert for jamming,"
    " diplomatic for closing an office). Broadcasting to I: threat -1 (regime-change), severity 2, only if the text gives that aim.",
    "encounter at sea or in the air": "Escort, identification or patrol in international space without danger: threat -1"
    " (force-posture), severity 3. Danger, collision, weapons, lock-on or a border crossed: escalation 3 (military-display). Shots"
    " or injury: escalation 4 (military-use).",
    "exercise, missile test": "Threat -1 by category, severity 3; 4 for the largest exercises. Notified in advance under an"
    " agreement: one less.",
    "nuclear threat or alert": "Escalation 3 (military-display); threat -1 (force-posture) too if doctrine or posture changes.",
    "arms or aid to a third state's government": "Threat -1 (force-posture), severity 3, if the text places it near I or against"
    " I's forces or ally; otherwise no code. To insurgents: regime-change.",
    "arms or training to those who fight I's own forces": "Escalation 2 (covert), and threat -1 (regime-change), severity 4.",
    "alliance enlargement": "Threat -1 (alliance-expansion): 1 talk, 2 invitation or ratification, 4 accession. A promise not to"
    " enlarge or station: threat +1 (alliance-expansion).",
    "demand that I leave, close or stop": "Authority -1 (security-provider for bases and missions, else sphere-of-influence),"
    " severity 2; escalation 1 (verbal).",
    "lifting, ending, withdrawing": "The +1 valence of what is lifted (threat, authority, honor); cooperation (restraint) if I"
    " benefits directly; both if both.",
}


def codebook() -> str:
    """Render rules, edge cases and vocabulary as the Markdown text of ``data/CODEBOOK.md``.

    Returns
    -------
    str

    Examples
    --------
    >>> codebook().splitlines()[0]
    '# Codebook, version 2'
    """
    out = [
        f"# Codebook, version {VERSION}",
        "",
        "Generated from `statusmodels/events/` by `statusmodels codebook`. Do not edit.",
        "",
        "Each event is one act of a sender **J** that bears on a receiver **I**. A coder reads its title and description and"
        " writes one row for each construct the act carries: `event_id, coder, construct, category, valence, severity,"
        " confidence`. Severity runs from 1 to 5 on the anchors below; confidence from 0 to 1.",
        "",
        "## Rules",
        "",
        *[f"{i}. {rule}" for i, rule in enumerate(RULES, 1)],
    ]
    for construct in CONSTRUCTS.values():
        out += ["", f"## {construct.name}", "", construct.definition, "", "Valence:", ""]
        out += [f"- `{v:+d}` {text}" for v, text in construct.valences.items()]
        out += ["", "Severity:", ""]
        out += [f"{i}. {anchor}" for i, anchor in enumerate(construct.severities, 1)]
        out += ["", "| category | definition | belongs | does not belong |", "| --- | --- | --- | --- |"]
        out += [f"| `{c.name}` | {c.definition} | {c.example} | {c.counterexample} |" for c in construct.categories]
    out += ["", "## Edge cases", "", "| the act | its coding |", "| --- | --- |"]
    out += [f"| {case} | {coding} |" for case, coding in EDGE_CASES.items()]
    return "\n".join(out) + "\n"
