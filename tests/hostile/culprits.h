/* What each plugin of misdeed.c is worth to the host, and how it is told. */
#ifndef KD_TESTS_CULPRITS_H
#define KD_TESTS_CULPRITS_H

#include "source/source.h"

#define DEADLINE_MS 10000 /* of each, as some of the reasons say */

static const struct {
    const char *name;
    enum source_result result;
    const char *reason; /* part of it; NULL: none */
    size_t items;
    const char *fault; /* part of the text of its first error item; NULL: none */
} culprits[] = {
    {"good", SOURCE_COMPLETE, NULL, 1, NULL},
    {"segv_constructor", SOURCE_FATAL, "crashed while it was loaded (in a constructor): SIGSEGV", 0,
        NULL},
    {"exit_constructor", SOURCE_FATAL, "exit status 7 while it was loaded (in a constructor)", 0,
        NULL},
    {"loop_constructor", SOURCE_RETRY, "took longer than 10.0 s (timeout) while it was loaded", 0,
        NULL},
    {"abort_entry", SOURCE_FATAL, "crashed in kd_source_v1: SIGABRT", 0, NULL},
    {"null_entry", SOURCE_FATAL, "was not loaded: its kd_source_v1 returned no kd_source", 0, NULL},
    {"loop_entry", SOURCE_RETRY, "took longer than 10.0 s (timeout) in kd_source_v1", 0, NULL},
    {"segv_init", SOURCE_FATAL, "crashed in init: SIGSEGV", 0, NULL},
    {"exit_init", SOURCE_FATAL, "exit status 0 in init", 0, NULL},
    {"loop_init", SOURCE_RETRY, "took longer than 10.0 s (timeout) in init", 0, NULL},
    {"refuse_init", SOURCE_FATAL, "the moon is in the wrong house", 0, NULL},
    {"segv_reconcile", SOURCE_FATAL, "crashed in reconcile: SIGSEGV", 0, NULL},
    {"exit_reconcile", SOURCE_FATAL, "exit status 3 in reconcile", 0, NULL},
    {"loop_reconcile", SOURCE_RETRY, "took longer than 10.0 s (timeout) in reconcile", 0, NULL},
    {"segv_shutdown", SOURCE_COMPLETE, NULL, 1, "crashed in shutdown: SIGSEGV"},
    {"loop_shutdown", SOURCE_COMPLETE, NULL, 1, "took longer than 10.0 s (timeout) in shutdown"},
    {"million_items", SOURCE_FATAL, "stated more than 10000 items", 0, NULL},
    {"flood_notes", SOURCE_COMPLETE, NULL, 1, NULL},
    {"flood_output", SOURCE_COMPLETE, NULL, 1, NULL},
    {"garbage_frame", SOURCE_FATAL, "sent what is no frame in reconcile", 0, NULL},
    {"huge_frame", SOURCE_FATAL, "sent what is no frame in reconcile (found 99999999)", 0, NULL},
    {"early_frame", SOURCE_FATAL, "out of order in reconcile", 0, NULL},
    {"leak_descriptors", SOURCE_FATAL, "passed a descriptor, which no frame of it has", 0, NULL},
    {"name_file", SOURCE_FATAL, "setting token is of type file and has a fallback", 0, NULL},
    {"long_field", SOURCE_FATAL, "sent a damaged frame of type 13 in reconcile", 0, NULL},
    {"spare_bytes", SOURCE_FATAL, "sent a damaged frame of type 13 in reconcile", 0, NULL},
    {"describe_twice", SOURCE_FATAL, "out of order in reconcile", 0, NULL},
    {"duplicate_keys", SOURCE_FATAL, "stated the key \"twin.json\" twice", 0, NULL},
    {"empty_key", SOURCE_FATAL, "a key of 0 bytes", 0, NULL},
    {"large_item", SOURCE_FATAL, "stated an item \"large.json\" of more than 1048576 bytes", 0,
        NULL},
    {"unknown_result", SOURCE_FATAL, "returned 4711 from reconcile, which means nothing", 0, NULL},
    {"unchanged", SOURCE_FATAL, "said \"unchanged\" although nothing of it is kept", 0, NULL},
    {"retry", SOURCE_RETRY, "asks to be tried again later", 0, NULL},
    {"fork_child", SOURCE_COMPLETE, NULL, 1, NULL},
    {"fork_bomb", SOURCE_FATAL, "the bomb ended soon", 0, NULL},
    {"exhaust_descriptors", SOURCE_FATAL, "Too many open files", 0, NULL},
    {"overflow_stack", SOURCE_FATAL, "crashed in reconcile: SIGSEGV", 0, NULL},
    {"kill_group", SOURCE_COMPLETE, NULL, 1, NULL}, /* it may not: sandbox_test.c */
    {"block_signals", SOURCE_RETRY, "took longer than 10.0 s (timeout) in reconcile", 0, NULL},
    {"ignore_signals", SOURCE_RETRY, "took longer than 10.0 s (timeout) in reconcile", 0, NULL},
    {"close_all", SOURCE_FATAL, "closed the descriptor of its helper in reconcile", 0, NULL},
#ifndef __SANITIZE_ADDRESS__ /* which has no limit of memory, and looks at lengths itself */
    {"lie_length", SOURCE_FATAL, "crashed in reconcile: SIGSEGV", 0, NULL},
    {"allocate", SOURCE_FATAL, "crashed in reconcile: SIGSEGV", 0, NULL},
#endif
    {"put_late", SOURCE_FATAL, "out of order in shutdown", 0, NULL},
    {"lie_item", SOURCE_FATAL, "put an item of size 8, expected at least 48", 0, NULL},
    {"null_item", SOURCE_FATAL, "put an item of size 0", 0, NULL},
    {"lie_memo", SOURCE_COMPLETE, NULL, 1, NULL},
    {"lie_size", SOURCE_FATAL, "was not loaded: its kd_source_v1 returned no kd_source", 0, NULL},
    {"lie_huge", SOURCE_COMPLETE, NULL, 1, NULL},
    {"lie_count", SOURCE_FATAL, "was not loaded: its kd_source has more than 64 settings", 0, NULL},
    {"no_settings", SOURCE_FATAL, "was not loaded: its kd_source has more than 64 settings", 0,
        NULL},
    {"wrong_major", SOURCE_FATAL, "was not loaded: found plugin interface 2.0, expected 1", 0,
        NULL},
    {"no_note", SOURCE_FATAL, "was not loaded: it has no note of kanto-deployer", 0, NULL},
    {"error_item", SOURCE_COMPLETE, NULL, 1, "Input/output error"},
    {"does_not_exist", SOURCE_FATAL, "was not loaded", 0, NULL},
};

#endif
