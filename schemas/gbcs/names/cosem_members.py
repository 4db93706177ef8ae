"""Names of attributes and methods by COSEM class: the DLMS standard's words (DLMS UA Blue Book), used members only.

Class 9000 is GBCS's own; its attribute 6 is known from future-dated commands, 2 and 4 from what is read and written
(gbcs-reference appendix A).
"""

ATTRIBUTES: dict[int, dict[int, str]] = {
    1: {2: "value"},
    3: {2: "value", 3: "scaler_unit"},
    4: {2: "value", 3: "scaler_unit", 4: "status", 5: "capture_time"},
    7: {2: "buffer", 3: "capture_objects", 4: "capture_period"},
    8: {2: "time", 3: "time_zone", 4: "status", 9: "clock_base"},
    9: {2: "scripts"},
    10: {2: "entries"},
    11: {2: "entries"},
    20: {
        2: "calendar_name_active",
        3: "season_profile_active",
        4: "week_profile_table_active",
        5: "day_profile_table_active",
        6: "calendar_name_passive",
        7: "season_profile_passive",
        8: "week_profile_table_passive",
        9: "day_profile_table_passive",
        10: "activate_passive_calendar_time",
    },
    21: {2: "thresholds", 3: "monitored_value", 4: "actions"},
    22: {2: "executed_script", 3: "type", 4: "execution_time"},
    70: {2: "output_state", 3: "control_state", 4: "control_mode"},
    71: {
        2: "monitored_value",
        3: "threshold_active",
        4: "threshold_normal",
        5: "threshold_emergency",
        6: "min_over_threshold_duration",
        7: "min_under_threshold_duration",
    },
    104: {2: "enable_disable_joining", 3: "join_timeout", 4: "active_devices"},
    111: {
        2: "account_mode_and_status",
        11: "credit_charge_configuration",
        13: "account_activation_time",
        16: "low_credit_threshold",
        18: "max_provision",
        19: "max_provision_period",
    },
    112: {2: "current_credit_amount", 9: "preset_credit_amount", 10: "credit_available_threshold"},
    113: {
        5: "unit_charge_active",
        6: "unit_charge_passive",
        7: "unit_charge_activation_time",
        8: "period",
        13: "proportion",
    },
    9000: {2: "active value", 4: "passive value", 6: "activation date-time"},
}

METHODS: dict[int, dict[int, str]] = {
    3: {1: "reset"},
    4: {1: "reset"},
    7: {1: "reset"},
    8: {4: "adjust_to_preset_time", 5: "preset_adjusting_time"},
    9: {1: "execute"},
    30: {1: "get_protected_attributes", 2: "set_protected_attributes", 3: "invoke_protected_method"},
    104: {1: "register_device", 2: "unregister_device", 4: "backup_PAN", 5: "restore_PAN"},
    112: {1: "update_amount", 2: "set_amount_to_value", 3: "invoke_credit"},
    113: {2: "activate_passive_unit_charge", 4: "update_total_amount_remaining"},
    115: {1: "enter"},
}
