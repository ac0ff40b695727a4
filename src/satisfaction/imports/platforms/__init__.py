"""The platforms that the import knows, each with what tells it and what its files mean."""

from typing import cast

from satisfaction.imports.platforms import (
    google_forms,
    limesurvey,
    ms_forms,
    plain,
    qualtrics,
    redcap,
    surveymonkey,
    tencent,
    typeform,
    wenjuanxing,
)
from satisfaction.imports.platforms.description import Platform
from satisfaction.imports.platforms.orders import Shopify, WooCommerce
from satisfaction.imports.platforms.tickets import Salesforce, Zendesk

#: in the order in which they are asked: those whose signs are the surest first, plain takes all
PLATFORMS: tuple[Platform, ...] = tuple(
    cast(Platform, module)
    for module in (
        qualtrics,
        surveymonkey,
        typeform,
        limesurvey,
        redcap,
        wenjuanxing,
        tencent,
        Shopify(),
        Salesforce(),
        Zendesk(),
        WooCommerce(),
        ms_forms,
        google_forms,
        plain,
    )
)
