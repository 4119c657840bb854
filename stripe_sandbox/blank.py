"""The fields of Stripe's objects that never say anything here, as Stripe answers them when they are unused."""

from typing import Any


def nulls(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


def blank_intent() -> dict[str, Any]:
    return {
        **nulls(
            """
            allowed_payment_method_types application application_fee_amount automatic_payment_methods canceled_at
            cancellation_reason customer customer_account description last_payment_error latest_charge next_action
            on_behalf_of payment_method payment_method_configuration_details processing receipt_email review
            setup_future_usage shipping source statement_descriptor statement_descriptor_suffix transfer_data
            transfer_group
            """
        ),
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "status": "requires_payment_method",
    }


def blank_charge() -> dict[str, Any]:
    return {
        **nulls(
            """
            application application_fee application_fee_amount balance_transaction failure_balance_transaction
            failure_code failure_message on_behalf_of presentment_details receipt_number receipt_url review shipping
            source_transfer statement_descriptor statement_descriptor_suffix transfer_data
            """
        ),
        "amount_refunded": 0,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "radar_options": {},
        "refunded": False,
    }


def blank_dispute() -> dict[str, Any]:
    return {
        "balance_transactions": [],
        "enhanced_eligibility_types": [],
        "intended_submission_method": None,
        "livemode": False,
        "metadata": {},
        "network_reason_code": None,
    }


def blank_setup_intent() -> dict[str, Any]:
    return {
        **nulls(
            """
            allowed_payment_method_types application automatic_payment_methods cancellation_reason customer
            customer_account description excluded_payment_method_types flow_directions last_setup_error latest_attempt
            managed_payments mandate next_action on_behalf_of payment_method payment_method_configuration_details
            single_use_mandate
            """
        ),
        "livemode": False,
        "payment_method_options": {"card": {**nulls("mandate_options network"), "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
    }


def blank_session() -> dict[str, Any]:
    return {
        **nulls(
            """
            after_expiration allow_promotion_codes branding_settings client_secret collected_information consent
            consent_collection currency_conversion customer_account invoice payment_intent payment_link
            payment_method_configuration_details permissions recovered_from saved_payment_method_options setup_intent
            shipping_address_collection shipping_cost subscription wallet_options
            """
        ),
        "automatic_tax": {"enabled": False, **nulls("liability provider status")},
        "custom_fields": [],
        "custom_text": nulls("after_submit shipping_address submit terms_of_service_acceptance"),
        "discounts": [],
        "invoice_creation": {"enabled": False, "invoice_data": blank_invoice_data()},
        "livemode": False,
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def blank_setup_session() -> dict[str, Any]:
    """What is different while nothing is to be paid."""
    return {
        **nulls("amount_subtotal amount_total invoice_creation submit_type total_details"),
        "payment_method_collection": "always",
        "payment_status": "no_payment_required",
    }


def blank_invoice_data() -> dict[str, Any]:
    return {**nulls("account_tax_ids custom_fields description footer issuer rendering_options"), "metadata": {}}


def blank_price() -> dict[str, Any]:
    return {
        **nulls("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
        "active": False,
        "billing_scheme": "per_unit",
        "livemode": False,
        "metadata": {},
        "type": "one_time",
    }


def blank_customer() -> dict[str, Any]:
    return {
        **nulls("address currency customer_account default_source discount shipping test_clock"),
        "balance": 0,
        "delinquent": False,
        "invoice_settings": nulls("custom_fields default_payment_method footer rendering_options"),
        "livemode": False,
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    }


def blank_account() -> dict[str, Any]:
    return {
        "charges_enabled": False,
        "details_submitted": False,
        "groups": {"payments_pricing": None},
        "payouts_enabled": False,
        "tos_acceptance": nulls("date ip user_agent") | {"service_agreement": "full"},
    }


def blank_business_profile() -> dict[str, Any]:
    return nulls(
        """
        annual_revenue estimated_worker_count mcc minority_owned_business_designation monthly_estimated_revenue name
        product_description support_address support_email support_phone support_url url
        """
    )


def blank_account_settings() -> dict[str, Any]:
    return {
        "branding": nulls("icon logo primary_color secondary_color"),
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            **nulls("statement_descriptor_prefix statement_descriptor_prefix_kana statement_descriptor_prefix_kanji"),
        },
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "payments": nulls("statement_descriptor statement_descriptor_kana statement_descriptor_kanji"),
    }
