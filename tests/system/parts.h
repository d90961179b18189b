#ifndef KD_TESTS_PARTS_H
#define KD_TESTS_PARTS_H

#include <check.h>
#include <stdbool.h>

void add_apply_tests(TCase *cases);
void add_broken_source_tests(TCase *cases);
void add_bundle_tests(TCase *cases);
void add_conf_tests(TCase *cases);
void add_contested_tests(TCase *cases);
void add_converge_tests(TCase *cases);
void add_crash_tests(TCase *cases);
void add_crash_loop_tests(TCase *cases);
void add_exchange_tests(TCase *cases);
void add_fault_tests(TCase *cases);
void add_fault_of_tests(TCase *cases);
void add_ids_tests(TCase *cases);
void add_instances_tests(TCase *cases);
void add_journal_full_tests(TCase *cases);
void add_journal_large_tests(TCase *cases);
void add_lost_tests(TCase *cases);
void add_orphans_tests(TCase *cases);
void add_own_port_tests(TCase *cases);
void add_persons_tests(TCase *cases);
void add_prune_tests(TCase *cases);
void add_prune_whole_tests(TCase *cases);
void add_pull_timeout_tests(TCase *cases);
void add_recovery_tests(TCase *cases);
void add_signal_tests(TCase *cases);
void add_signal_told_tests(TCase *cases);
void add_signal_wait_tests(TCase *cases);
void add_stays_known_tests(TCase *cases);
void add_terms_tests(TCase *cases);
void add_unanswered_tests(TCase *cases);
void add_world_tests(TCase *cases);

#endif
