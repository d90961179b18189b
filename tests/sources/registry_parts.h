#ifndef KD_TESTS_REGISTRY_PARTS_H
#define KD_TESTS_REGISTRY_PARTS_H

#include <check.h>

/* Against docker-registry, pushed by skopeo; nothing, and told, where they are not installed. */
void add_served_tests(TCase *cases);
/* Registries that lie, and those that want a token. */
void add_lying_tests(TCase *cases);

/* Who is sent the password. */
void add_auth_tests(TCase *cases);

/* Artifacts that would take a device back. */
void add_version_tests(TCase *cases);

#define JSON_TYPE   "application/vnd.kanto-deployer.manifest.v1+json"
#define BUNDLE_TYPE "application/vnd.kanto-deployer.bundle.v1"
#define MANIFEST    "{\"name\": \"hello\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}\n"

#endif
