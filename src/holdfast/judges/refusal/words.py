"""The vocabulary of refusing, in English: fragments that the modules beside it compose into patterns.

Every constant is one alternative group of a regular expression over lower-case text. In the lists, white
space parts the alternatives and an underscore stands for a blank inside one.
"""

from __future__ import annotations

import re


def one_of(listed: str) -> str:
    """Return a group that matches any of the listed alternatives."""
    return "(?:" + "|".join(entry.replace("_", " ") for entry in listed.split()) + ")"


def either(*patterns: str) -> str:
    """Return a group that matches where any of the given patterns does."""
    return "(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + ")"


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return a pattern that matches where any of the given ones does."""
    return re.compile(either(*patterns), re.MULTILINE)


WHO = one_of(
    r"i we (?:this|your)_(?:\w+_)?(?:ai|assistant|model|system|bot|chatbot) the_(?:assistant|model|ai)"
)
"""Who refuses: the answerer."""

CANNOT = one_of(
    """
    can(?:no|'|)t can_not canna(?:e)? won'?t will_not would_not wouldn't shall_not shan't must_not
    mustn't may_not should_not shouldn't could_not couldn't cannot,?_and_will_not
    can'?t_(?:and|or)_won'?t will_never will_under_no_circumstances
    can_(?:never|in_no_way|neither|only_decline)
    ain't_(?:gonna|going_to) 'll_(?:not|never) (?:'m|am)_not_about_to shall_never could_never would_never
    """
)
"""Lack of ability, will or permission, as a modal."""

DO_NOT = one_of("do_not don'?t does_not doesn't never neither")

HELP_VERB = one_of(
    r"""
    help(?:ing)? assist(?:ing)? aid(?:ing)? provid(?:e|ing) give giv(?:e|in[g']) offer(?:ing)?
    shar(?:e|ing) answer(?:ing)? respond(?:ing)? reply fulfil+ comply compl(?:ete|eting)
    do_(?:that|this|so|it|what) generat\w+ creat\w+ writ(?:e|ing) produc\w+ compos\w+ draft craft
    tell(?:in'?)?(?!_(?:if|whether|exactly|for_sure|when|how|what|which|who|apart|the_difference)|_you_(?:if|whether|exactly|for_(?:sure|certain)))
    teach\w* show(?:ing)? explain(?:ing)? describ\w+ discuss(?:ing)? outlin(?:e|ing) detail list
    instruct engag\w+ participat\w+ take_part be_(?:a_)?part(?:y)? be_involved get_involved partak\w+
    support(?:ing)? condon(?:e|ing) promot\w+ encourag\w+ endors\w+ facilitat\w+ enabl\w+ contribut\w+
    advis\w+ recommend(?:ing)? suggest(?:ing)? advocat\w+ continue proceed carry_out process
    go_(?:there|along|ahead|through|into) disclos\w+ reveal(?:ing)? divulg\w+
    speak(?:ing)?_(?:to|about|on|of) talk(?:ing)?_(?:about|of) play_along role-?play pretend act_as
    translat\w+ supply(?:ing)? guide walk_you entertain indulg\w+ honou?r accommodat\w+
    make_(?:that|this|jokes?|fun|such|statements?|content|derogatory|offensive|any_(?:jokes?|statements?|content))
    oblig\w+ grant satisfy execut\w+ perform display post use_(?:offensive|derogatory|hateful|such|that)
    justify glorif\w+ tolerat\w+ accept agree allow let_you point_you hand_(?:over|out) touch
    be_(?:of|able_to_(?:help|assist|do)|\w+ing?(?!_(?:able|sure|late|home)))
    go_(?:near|down|over|beyond) cross get_into weigh_in play_(?:along|that) take_(?:that|this|it)_on
    address handle cover abet lend pass_(?:on|along) spread praise insult mock attack rank rate judge_whether
    recite reproduce leak expose print publish send role_?play impersonate
    assume_(?:that|this)_(?:role|persona) fabricate invent direct_you lead_you coach train_you brainstorm
    format summarize analy[sz]e
    """
)
DISOWNED = one_of(
    """
    condone support endorse promote encourage engage_in provide assist facilitate tolerate advocate
    participate generate create produce share help offer give write answer discuss respond
    """
)
"""What an answerer says it does not do, as a habit."""

HELP = rf"(?:\w+(?:,? \w+)? (?:or|and|nor|to) )?{HELP_VERB}"
"""The help withheld; a second verb may stand before it ("gather or provide")."""

BETWEEN = (
    r"(?:,?\s+(?:\w{2,}ly|ever|even|just|also|still|therefore|thus|then|however|instead|now|please|afraid|"
    r"that|always|"
    r"quite|in good (?:conscience|faith)|at (?:this|the) (?:time|moment|present)|at all|"
    r"as an? [\w\s-]{2,40}?,|"
    r"with [\w\s]{2,25},|under any circumstances|for [\w\s]{2,30},),?){0,3}"
)
"""Up to three adverbs or asides between the parts."""

NOT_ABLE = rf"(?:not|n't|never|neither){BETWEEN}\s+" + one_of(
    """
    able allowed permitted willing going gonna prepared comfortable authori[sz]ed programmed designed
    capable equipped in_a_position inclined at_liberty supposed meant intended built trained ready free
    about keen happy here qualified legally_able
    """
)
UNABLE = one_of(
    """
    unable unwilling uncomfortable prohibited forbidden restricted prevented barred reluctant hesitant
    incapable
    """
)
IS = one_of(
    r"""
    \s+am 'm m \s+are 're \s+is 's \s+was \s+feel \s+remain \s+have_been \s+would_be 'd_be \s+will_be 'll_be
    \s+must_be \s+seem
    """
)
TO = r"\s+" + one_of("to of with from for in about on")

DECLINE = one_of(
    """
    declines? declining refuses? refusing refrain abstain say_no pass_on reject deny draw_the_line
    stop_(?:here|there) steer_clear steer_away opt_out bow_out sit_this stay_away_from
    """
)
RESOLVE = (
    r"(?:\s+"
    + one_of("must have_to need_to will shall would am_going_to choose_to would_like_to")
    + "|'ll|'d)?"
)
"""How a decision is announced."""

DONE = one_of(
    "fulfil+ed answered processed completed provided given shared granted honou?red generated displayed"
)
"""What is not done to a request, in the passive."""

RULES = one_of(
    r"""
    programming guidelines? polic(?:y|ies) principles? rules? values? ethics ethical terms code design
    training safety standards? purpose morals? instructions conscience capabilit\w+ abilit\w+ scope
    """
)
AGAINST = one_of(
    r"""
    against violat\w+ outside beyond not_(?:with)?in contrary_to conflicts?_with contravene\w*
    breach(?:es)?(?:_of)? not_(?:align|consistent|compatible|in_line)\w*_with
    """
)
OWNER = one_of(
    "my our openai'?s? anthropic'?s? google'?s? meta'?s? the_(?:usage|content|ethical|safety|community)"
)
THING = one_of(r"something anything an?_(?:\w+_)?(?:topic|subject|request|question|thing|area|matter) one")

LIMIT_VERB = one_of(
    r"""
    have hold possess form express mak\w+ generali[sz]\w+ speculat\w+ predict\w* determin\w+ verify
    access browse know judg\w+ stat\w+ confirm feel experience assum\w+ comment\w* tak\w+ pass choos\w+
    pick evaluat\w+ assess accuse attribut\w+ say identif\w+ compare criticiz\w+ defin\w+ track locat\w+
    search find look_up retriev\w+ impersonat\w+ label see view open recall remember understand affirm
    gather the any personal hear listen watch tell_(?:which|what|who|whether|if)
    """
)
"""What an assistant says it does not do without refusing the request as such."""

WRONG = one_of(
    r"""
    dishonest cruel illegal unlawful unethical immoral criminal a_(?:\w+_)?crime against_the_law
    inappropriate offensive disrespectful harmful dangerous wrong unacceptable insensitive hateful
    discriminatory derogatory hurtful irresponsible prohibited forbidden punishable
    a_(?:\w+_)?(?:felony|offen[cs]e|violation) no_place
    not_(?:\w+_){0,2}?(?:appropriate|acceptable|ethical|legal|okay|ok|right|respectful|condoned|tolerated|advisable)
    not_(?:\w+_){0,2}?(?:recommended|safe|moral|permitted|allowed|cool|good|constructive|productive|funny)
    never_(?:\w+_)?(?:appropriate|acceptable|ethical|okay|ok|right|justified|the_answer|a_solution|a_good_idea)
    not_(?:a_|an_)?(?:solution|answer|option|good_idea|joke) highly_(?:illegal|unethical|dangerous)
    """
)
"""What an act is called that must not be done."""

DUTY = one_of(
    """
    treat respect avoid remember promote acknowledge recogni[sz]e be_respectful be_mindful prioriti[sz]e
    refrain approach consider seek understand foster focus value celebrate maintain practice uphold note
    follow always
    """
)
URGE = one_of("advise urge encourage recommend suggest caution warn implore ask discourage beg")
