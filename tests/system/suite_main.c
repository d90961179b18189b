/* system_test [PART…]: the program as a user runs it, against the simulation, or against the real
 * daemon whose socket KANTO_SOCKET names. */
#include "parts.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*add)(TCase *cases);
} parts[] = {
    {"apply", add_apply_tests},
    {"broken_source", add_broken_source_tests},
    {"bundle", add_bundle_tests},
    {"conf", add_conf_tests},
    {"contested", add_contested_tests},
    {"converge", add_converge_tests},
    {"crash", add_crash_tests},
    {"crash_loop", add_crash_loop_tests},
    {"exchange", add_exchange_tests},
    {"fault", add_fault_tests},
    {"fault_of", add_fault_of_tests},
    {"ids", add_ids_tests},
    {"instances", add_instances_tests},
    {"journal_full", add_journal_full_tests},
    {"journal_large", add_journal_large_tests},
    {"lost", add_lost_tests},
    {"orphans", add_orphans_tests},
    {"own_port", add_own_port_tests},
    {"persons", add_persons_tests},
    {"prune", add_prune_tests},
    {"prune_whole", add_prune_whole_tests},
    {"pull_timeout", add_pull_timeout_tests},
    {"recovery", add_recovery_tests},
    {"signal", add_signal_tests},
    {"signal_told", add_signal_told_tests},
    {"signal_wait", add_signal_wait_tests},
    {"stays_known", add_stays_known_tests},
    {"terms", add_terms_tests},
    {"unanswered", add_unanswered_tests},
    {"world", add_world_tests},
};

int main(int argc, char **argv)
{
    Suite *suite = suite_create("system");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        bool wanted = argc < 2;
        for (int j = 1; j < argc; j++)
            wanted = wanted || strcmp(argv[j], parts[i].name) == 0;
        if (!wanted)
            continue;
        TCase *cases = tcase_create(parts[i].name);
        tcase_set_timeout(cases, 120);
        parts[i].add(cases);
        suite_add_tcase(suite, cases);
    }
    return suite_run(suite);
}
