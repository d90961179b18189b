#ifndef KD_TESTS_CLOUD_PARTS_H
#define KD_TESTS_CLOUD_PARTS_H

#include <check.h>

/* Behind nginx with TLS; nothing, and told, where it is not installed. */
void add_nginx_tests(TCase *cases);
/* Servers that misbehave. */
void add_hostile_tests(TCase *cases);
/* Downloads that break off. */
void add_resume_tests(TCase *cases);
/* Nothing is kept, and there is no network. */
void add_boot_tests(TCase *cases);
/* Who gets what proves this device. */
void add_trust_tests(TCase *cases);
/* A host that stays. */
void add_watch_tests(TCase *cases);

#define MANIFEST "{\"name\": \"hello\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}\n"

#endif
