#include "kanto/method.h"

#include <string.h>

#define PACKAGE            "/github.com.eclipse_kanto.container_management.containerm.api.services."
#define CONTAINERS(method) PACKAGE "containers.Containers/" method
#define SYSINFO(method)    PACKAGE "sysinfo.SystemInfo/" method

#define QUICK_MS   30000
#define PATIENT_MS 120000
#define STOP_MS    90000   /* twice the default grace of 30 s, and 30 s */
#define PULL_MS    1800000 /* Create pulls the image: half an hour on the worst network */

#define EMPTY &kanto__empty__descriptor

static const struct method rows[KANTO_METHODS] = {
    [KANTO_LIST] = {"List", CONTAINERS("List"), QUICK_MS,
        &kanto__list_containers_response__descriptor, false, false, {0}},
    [KANTO_GET] = {"Get", CONTAINERS("Get"), QUICK_MS, &kanto__get_container_response__descriptor,
        true, false, {0}},
    [KANTO_CREATE] = {"Create", CONTAINERS("Create"), PULL_MS,
        &kanto__create_container_response__descriptor, false, false, {0}},
    [KANTO_START] = {"Start", CONTAINERS("Start"), PATIENT_MS, EMPTY, true, false,
        {" is already running"}},
    [KANTO_STOP] = {"Stop", CONTAINERS("Stop"), STOP_MS, EMPTY, true, false,
        /* Exited is not among them: the daemon may be about to start it again. */
        {", with state: Created", ", with state: Stopped"}},
    [KANTO_UPDATE] = {"Update", CONTAINERS("Update"), QUICK_MS, EMPTY, true, false, {0}},
    [KANTO_RESTART] = {"Restart", CONTAINERS("Restart"), PATIENT_MS, EMPTY, true, false, {0}},
    [KANTO_PAUSE] = {"Pause", CONTAINERS("Pause"), PATIENT_MS, EMPTY, true, false, {0}},
    [KANTO_UNPAUSE] = {"Unpause", CONTAINERS("Unpause"), PATIENT_MS, EMPTY, true, false, {0}},
    [KANTO_RENAME] = {"Rename", CONTAINERS("Rename"), QUICK_MS, EMPTY, true, false, {0}},
    [KANTO_REMOVE] = {"Remove", CONTAINERS("Remove"), PATIENT_MS, EMPTY, true, false, {0}},
    [KANTO_LOGS] = {"Logs", CONTAINERS("Logs"), QUICK_MS, &kanto__get_logs_response__descriptor,
        true, true, {0}},
    [KANTO_LIST_STREAM] = {"ListStream", CONTAINERS("ListStream"), QUICK_MS,
        &kanto__container__descriptor, false, true, {0}},
    [KANTO_PROJECT_INFO] = {"ProjectInfo", SYSINFO("ProjectInfo"), QUICK_MS,
        &kanto__project_info_response__descriptor, false, false, {0}},
};

const struct method *method_row(enum kanto_method method)
{
    return &rows[method];
}

const char *kanto_method_name(enum kanto_method method)
{
    return rows[method].name;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), ending = strlen(end);
    return length >= ending && strcmp(text + length - ending, end) == 0;
}

/* "no such container with id = X exists": gone is what a Remove wants. */
static bool is_gone(const char *message)
{
    return strncmp(message, "no such container with id = ", 28) == 0 &&
           ends_with(message, " exists");
}

bool method_means_success(enum kanto_method method, const char *message)
{
    if (!message)
        return false;
    if (method == KANTO_REMOVE)
        return is_gone(message);
    for (size_t i = 0; i < 2; i++)
        if (rows[method].already[i] && ends_with(message, rows[method].already[i]))
            return true;
    return false;
}
