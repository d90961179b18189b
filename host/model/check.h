/* What kanto-cm would refuse, said before anything is sent, and what would fail only at Start or
 * silently not work. Rules and their order: kanto-cm's Create, recorded in
 * tests/data/recorded/validation.json. */
#ifndef KD_MODEL_CHECK_H
#define KD_MODEL_CHECK_H

#include "base/severity.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>

struct finding {
    enum severity severity;
    const char *path;    /* host_config.port_mappings[0].host_ip, in kanto-cm's own field names */
    const char *text;    /* what was found, what was expected */
    const char *verdict; /* the sentence with which Create would refuse it; NULL: Create takes it */
};

/* Calls `report` for each finding; its strings live until it returns. The container must not be
 * normalised: absent stays apart from empty. */
typedef void check_report(void *context, const struct finding *finding);

void container_check(const Kanto__Container *container, check_report *report, void *context);

/* What depends on this machine: mount sources and devices that are not there. */
void container_check_host(const Kanto__Container *container, check_report *report, void *context);

#endif
