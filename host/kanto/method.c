#include "kanto/method.h"

#include "base/cleanup.h"

#include <string.h>

#define PACKAGE            "/github.com.eclipse_kanto.container_management.containerm.api.services."
#define CONTAINERS(method) PACKAGE "containers.Containers/" method
#define SYSINFO(method)    PACKAGE "sysinfo.SystemInfo/" method

#define QUICK_MS   30000
#define PATIENT_MS 120000
#define GRACE_S    30      /* the daemon's own, when a Stop names none */
#define GRACE_MOST 86400   /* more is a mistake; it must not overflow */
#define PULL_MS    1800000 /* Create pulls the image: half an hour on the worst network */

#define EMPTY &kanto__empty__descriptor

static const struct method rows[KANTO_METHODS] = {
    [KANTO_LIST] = {"List", CONTAINERS("List"), QUICK_MS,
        &kanto__list_containers_response__descriptor, false, false},
    [KANTO_GET] = {"Get", CONTAINERS("Get"), QUICK_MS, &kanto__get_container_response__descriptor,
        true, false},
    [KANTO_CREATE] = {"Create", CONTAINERS("Create"), PULL_MS,
        &kanto__create_container_response__descriptor, false, false},
    [KANTO_START] = {"Start", CONTAINERS("Start"), PATIENT_MS, EMPTY, true, false},
    [KANTO_STOP] = {"Stop", CONTAINERS("Stop"), QUICK_MS, EMPTY, true, false},
    [KANTO_UPDATE] = {"Update", CONTAINERS("Update"), QUICK_MS, EMPTY, true, false},
    [KANTO_RESTART] = {"Restart", CONTAINERS("Restart"), PATIENT_MS, EMPTY, true, false},
    [KANTO_PAUSE] = {"Pause", CONTAINERS("Pause"), PATIENT_MS, EMPTY, true, false},
    [KANTO_UNPAUSE] = {"Unpause", CONTAINERS("Unpause"), PATIENT_MS, EMPTY, true, false},
    [KANTO_RENAME] = {"Rename", CONTAINERS("Rename"), QUICK_MS, EMPTY, true, false},
    [KANTO_REMOVE] = {"Remove", CONTAINERS("Remove"), PATIENT_MS, EMPTY, true, false},
    [KANTO_LOGS] = {"Logs", CONTAINERS("Logs"), QUICK_MS, &kanto__get_logs_response__descriptor,
        true, true},
    [KANTO_LIST_STREAM] = {"ListStream", CONTAINERS("ListStream"), QUICK_MS,
        &kanto__container__descriptor, false, true},
    [KANTO_PROJECT_INFO] = {"ProjectInfo", SYSINFO("ProjectInfo"), QUICK_MS,
        &kanto__project_info_response__descriptor, false, false},
};

const struct method *method_row(enum kanto_method method)
{
    return &rows[method];
}

const char *kanto_method_name(enum kanto_method method)
{
    return rows[method].name;
}

static int64_t grace_s(const Kanto__StopOptions *stop)
{
    if (!stop || !stop->has_timeout || stop->timeout < 0)
        return GRACE_S;
    return stop->timeout < GRACE_MOST ? stop->timeout : GRACE_MOST;
}

int64_t method_bound_ms(const struct kanto_request *request)
{
    int64_t bound = rows[request->method].bound_ms;
    if (request->bound_ms > 0)
        return request->bound_ms;
    if (request->method != KANTO_STOP && request->method != KANTO_REMOVE)
        return bound;
    int64_t stopping = 2 * 1000 * grace_s(request->stop) + 30000;
    return stopping > bound ? stopping : bound;
}
