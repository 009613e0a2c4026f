"""What the shapes of the corpus are taken for where only their SQL is known.

Named here are those that are not found as the library finds them, with its stack: a related set
that is filtered or cut reads like a lookup, an attribute like `get()`, and Django's own columns
tell a relation only when it is named after the table.
"""

from __future__ import annotations

#: By the codes that are found, the shapes that send such SQL.
READ_AS: dict[str, str] = {
    "": """
        forward_content_type lookup_slice lookup_union aggregate_max_of_values
        aggregate_contains raw_execute_update raw_execute_insert raw_executemany
        write_add_several write_remove write_generic_add
    """,
    "QL101": """
        lookup_get_by_key_of_row
    """,
    "QL101 QL104": """
        chain_to_self chain_behind_generic_row generic_foreign_key_to_two_models
    """,
    "QL101 QL301": """
        admin_method admin_column_across_relation admin_str
    """,
    "QL102": """
        lookup_filter lookup_filter_list lookup_filter_len lookup_filter_values_list
        lookup_filter_iterator write_set
    """,
    "QL104": """
        forward_to_field forward_to_self forward_null forward_inherited forward_to_parent_row
        forward_only_the_field_of_to_field forward_other_relation_selected reverse_one_to_one
        reverse_one_to_one_missing reverse_one_to_one_hasattr reverse_one_to_one_child_row
        rows_of_raw rows_of_union template_in_python_loop chain_to_reverse_one_to_one
        reverse_default_name reverse_to_self reverse_index reverse_slice reverse_filter
        reverse_exclude reverse_filter_in_steps reverse_custom_manager reverse_first_ordered
        reverse_first reverse_last reverse_earliest reverse_latest reverse_get reverse_annotate
        many_to_many_filter many_to_many_first many_to_many_get generic_relation
        generic_relation_filter generic_relation_order_by generic_relation_first
        generic_relation_get chain_related_set_of_selected_row prefetch_with_get
        generic_foreign_key generic_foreign_key_sorted generic_foreign_key_selected_in_vain
        prefetch_objects_of_one_row prefetch_objects_in_while insert_get_or_create_existing
        write_reverse_set
    """,
    "QL104 QL105": """
        formset_validation
    """,
    "QL104 QL105 QL202": """
        formset_save formset_save_all
    """,
    "QL104 QL201": """
        insert_get_or_create insert_related_get_or_create insert_update_or_create
        write_add_with_through_defaults
    """,
    "QL104 QL202": """
        insert_update_or_create_existing
    """,
    "QL104 QL301": """
        admin_generic_column
    """,
    "QL105": """
        past_prefetch_count_filtered past_prefetch_aggregate
    """,
    "QL201 QL205": """
        insert_many_to_many_create
    """,
    "QL202": """
        write_reverse_add
    """,
    "QL202 QL301": """
        admin_action
    """,
    "QL203": """
        write_clear
    """,
    "QL301": """
        relation_beside_get relation_after_helper relation_beside_get_by_key
        relation_beside_get_in_view_and_template
    """,
}

#: Silent where a stack tells that it is on purpose; from the SQL it is what it looks like.
REPEATS_ON_PURPOSE = {
    "lookup_refresh_from_db_poll",
    "admin_column_across_relation_selected_by_admin",
    "admin_method_selected",
}
#: Django 5.2 writes one statement for all rows, and Django 6.1 one for each.
BY_VERSION = {"write_reverse_clear"}
