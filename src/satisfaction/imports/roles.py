"""What a question asks about, by its words in the languages that surveys are mostly written in."""

from __future__ import annotations

import re

RECOMMEND = re.compile(
    r"recommend|\brefer (us|a friend|me|our)|推荐|推薦|推介|empfehl|weiterempf|recomend|recommand|conseiller"
    r"|raccomand|consigli|aanbevel|aanraden|お勧め|おすすめ|お薦め|薦め|勧め|추천|rekomend|polec|anbefal|"
    r"рекоменд|\bnps\b|tavsiye",
    re.IGNORECASE,
)
REPURCHASE = re.compile(
    r"(buy|purchase|order|book|shop|stay|use us|visit)\w* (from us |with us |here |it |our \w+ )*again|repurchas|re-?order"
    r"|come back|return to (us|our)|continue (to )?(us|buy|work|be|do)|keep (using|buying)|\brenew"
    r"|next (purchase|order|time you (buy|need))"
    r"|再次(购买|光临|选择|使用|消费|惠顾|来)|继续(使用|购买|选择|订阅|合作)|复购|回购|续(费|约|订)|还会(买|购|来|选|用)|再購|繼續使用"
    r"|(wieder|erneut|nochmals?) .*(kauf|bestell|buch|nutz|komm)|wiederkauf|wiederkomm"
    r"|(volver\w*|repetir\w*) .*(compr|visit|us)|comprar de nuevo|rach[eè]t|(acheter|commander|revenir).*(nouveau|nous)|racheter"
    r"|また(利用|購入|来|ご利用)|再購入|リピート|継続|次回も|다시 (구매|이용|방문)|재구매|재방문|comprar (novamente|de novo)|riacquist|acquist\w+ di nuovo",
    re.IGNORECASE,
)
OVERALL = re.compile(
    r"\boverall\b|\ball in all\b|^in general|generally speaking|on the whole|taking everything|everything considered"
    r"|总体|整体|总的来(说|看)|综合(来|满意|评价)|總體|整體|全体的|全体として|総合|総じて|전반적|종합적"
    r"|insgesamt|gesamtzufrieden|gesamteindruck|gesamtbewertung|alles in allem|im (großen und )?ganzen|im allgemeinen"
    r"|dans l.ensemble|globale?ment|satisfaction g(lob|énér)ale?|en général|\bau global\b"
    r"|en general|en conjunto|globalmente|satisfacción (general|global)|en líneas generales"
    r"|nel complesso|complessiv|in generale|no geral|de (um )?modo geral|satisfação geral|over het (geheel|algemeen)|algehele|totalt sett|alt i alt|generelt"
    r"|ogóln|в целом|genel olarak",
    re.IGNORECASE,
)
# with us as a whole, where nothing else is called overall
_WHOLE = re.compile(
    r"(with|about) (us|our (company|organi[sz]ation|brand|business|bank|hotel|store|shop|school|restaurant))\b[^,]*$"
    r"|^您?对(我们|本公司|我司|本店|贵公司|公司)(的?公司)?(是否)?(感到)?满意|mit uns\b|de nous\b|\bcon nosotros\b|弊社に|当社に",
    re.IGNORECASE,
)
EFFORT = re.compile(
    r"how (easy|difficult|hard) (was|is|did|were)|(made|makes) it (very )?easy|easy for me to|how much effort|(customer )?effort score|level of effort"
    r"|(容易|方便|轻松|省力|费力|费劲|便捷).*(吗|程度|解决|办理|处理|完成)|多(容易|方便|费力|简单)"
    r"|wie (einfach|leicht|schwer|schwierig)|hat es mir (leicht|einfach)|(facile|fácil|facil|simple) .*(de|para|di) |quel(le)? facilit|どのくらい(簡単|容易)|簡単でした",
    re.IGNORECASE,
)
IMPORTANCE = re.compile(
    r"\bimportan(t|ce|te|cia|za)\b|\bimportan\w*|wichtig|重要|重視|重视|看重|중요|belangrijk|ważn", re.IGNORECASE
)
EXPECTATION = re.compile(
    r"\bexpect(ed|ation|ations|)\b (of|from|before|level)|what did you expect|期望(值|水平|程度|有多)|预期(水平|程度)|事前期待|erwartung(en)? an|attentes (envers|avant)",
    re.IGNORECASE,
)
SATISFIED = re.compile(
    r"satisf|zufried|satisfech|soddisf|insoddisf|tevreden|满意|滿意|満足|만족|zadowol|удовлетвор|memnun|tilfreds|nöjd"
    r"|\brat(e|ing|ings|ed)\b|\bscore\b|\bstars?\b|out of (5|7|10|ten|five)|evaluat|quality|how (good|well|likely|easy|happy|would you)\b|happy with|agree|experience with"
    r"|评价|评分|打分|评估|质量|表现|体验如何|怎么样|認為|同意|认同|符合"
    r"|bewert|beurteil|benot|qualität|wie (gut|wahrscheinlich|gefällt|gefallen)|stimme"
    r"|évalu|not(e|ez)\b|qualité|appréci|avis|d.accord|valor(a|ar|e|ación|aría)|calific|califica|puntú|calidad|acuerdo"
    r"|評価|品質|いかが|どの程度|평가|valuta|qualità|avali(a|e|ar)|qualidade|beoordel|oce(n|ń)",
    re.IGNORECASE,
)
_DISLIKED = re.compile(
    r"\b(not|without|lack|missing|absence|no)\b|没有|不提供|缺少|如果不|不具备|ohne|fehl|sans|sin\b", re.IGNORECASE
)


def construct(text: str) -> str:
    """Return what a question asks about, as far as it decides between scales.

    Examples
    --------
    >>> construct("How important is the price?"), construct("您对价格满意吗？")
    ('importance', '')
    """
    if RECOMMEND.search(text):
        return "recommend"
    if REPURCHASE.search(text):
        return "repurchase"
    if SATISFIED_WITH.search(text):
        return ""
    if EFFORT.search(text):
        return "effort"
    if IMPORTANCE.search(text):
        return "importance"
    if EXPECTATION.search(text):
        return "expectation"
    return ""


#: satisfaction is asked, whatever else stands in the question
SATISFIED_WITH = re.compile(
    r"satisf|zufried|soddisf|tevreden|满意|滿意|満足|만족|zadowol|удовлетвор", re.IGNORECASE
)


def asks_for_rating(text: str) -> bool:
    """Whether a question asks for a rating.

    Examples
    --------
    >>> asks_for_rating("How would you rate our service?"), asks_for_rating("Your age group")
    (True, False)
    """
    return bool(SATISFIED.search(text) or OVERALL.search(text) or construct(text))


#: scales that say how often, not how good
_NO_RATING = ("frequency",)


def is_rating_scale(scale_id: str) -> bool:
    """Whether who answers on a scale rates something.

    Examples
    --------
    >>> is_rating_scale("satisfaction5"), is_rating_scale("frequency5")
    (True, False)
    """
    return not scale_id.startswith(_NO_RATING)


def role_of(text: str, label: str, scale_id: str) -> str:
    """Return the role of a question; blank where it is none that the method has.

    Parameters
    ----------
    text : str
        The question.
    label : str
        The row of a matrix; blank elsewhere.
    scale_id : str

    Examples
    --------
    >>> role_of("How likely are you to recommend us?", "", "nps11")
    'recommend'
    >>> role_of("Overall, how satisfied are you?", "", "satisfaction5_neutral")
    'overall'
    >>> role_of("How likely are you to attend?", "", "likely5")
    ''
    """
    if scale_id.startswith("kano"):
        return "kano_dysfunctional" if _DISLIKED.search(text) else "kano_functional"
    asks = construct(label) or construct(text)
    if scale_id.startswith("importance") or asks == "importance":
        return "importance"
    if asks in ("recommend", "repurchase"):
        return asks
    if scale_id.startswith("expectation") or asks == "expectation":
        return "expectation"
    if scale_id.startswith("effort") or asks == "effort":
        return "effort" if not label else "performance"
    if scale_id.startswith(("likely", "juster")):
        return ""
    if OVERALL.search(label) or (not label and OVERALL.search(text)):
        return "overall"
    return "performance"


def is_of_the_whole(text: str) -> bool:
    """Whether a question asks about the company as a whole, without saying overall.

    Examples
    --------
    >>> is_of_the_whole("How satisfied are you with our company?")
    True
    """
    return bool(_WHOLE.search(text))
