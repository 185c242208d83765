"""The columns of FOCUS 1.2 in the order of the specification, and ours behind them: https://focus.finops.org.

Every column of 1.2 is there, those that have no meaning here empty: whoever reads the file finds what they look for,
and the validator of 1.0, whose columns are a part of these, can check it.
"""

import pyarrow as pa

TEXT, TIME = pa.string(), pa.timestamp("s", "UTC")
MONEY = pa.decimal128(38, 12)
QUANTITY = pa.decimal128(38, 6)
PRICE = pa.decimal128(38, 18)

_TEXTS = (
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ConsumedUnit",
    "InvoiceId",
    "InvoiceIssuerName",
    "PricingCategory",
    "PricingCurrency",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
)
_NUMBERS = {
    "BilledCost": MONEY,
    "CommitmentDiscountQuantity": QUANTITY,
    "ConsumedQuantity": QUANTITY,
    "ContractedCost": MONEY,
    "ContractedUnitPrice": PRICE,
    "EffectiveCost": MONEY,
    "ListCost": MONEY,
    "ListUnitPrice": PRICE,
    "PricingCurrencyContractedUnitPrice": PRICE,
    "PricingCurrencyEffectiveCost": MONEY,
    "PricingCurrencyListUnitPrice": PRICE,
    "PricingQuantity": QUANTITY,
}
_TIMES = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")
_OURS = {
    "x_CostStatus": TEXT,
    "x_PicoUsd": TEXT,
    "x_Calls": pa.int64(),
    "x_Errors": pa.int64(),
    "x_CostLine": TEXT,
    "x_Model": TEXT,
    "x_ServiceTier": TEXT,
    "x_Team": TEXT,
    "x_CostCenter": TEXT,
    "x_Feature": TEXT,
    "x_Environment": TEXT,
    "x_PromptVersion": TEXT,
    "x_Purpose": TEXT,
    "x_Service": TEXT,
}

SCHEMA = pa.schema(
    [
        *sorted({**dict.fromkeys(_TEXTS, TEXT), **_NUMBERS, **dict.fromkeys(_TIMES, TIME)}.items()),
        *_OURS.items(),
    ]
)
