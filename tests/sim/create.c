#include "create.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"
#include "model/check.h"
#include "model/defaults.h"
#include "pull.h"
#include "store.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum phase {
    PULLING,
    REFUSED, /* by the registry, which takes its time */
    MAKING,  /* a cut from here on can hold the id until the daemon restarts */
};

static const Kanto__Container *desired_of(const struct operation *operation)
{
    return ((const Kanto__CreateContainerRequest *)operation->request)->container;
}

/* The form of a random UUID. */
static char *make_id(struct daemon *daemon)
{
    unsigned parts[8];
    for (int i = 0; i < 8; i++)
        parts[i] = (unsigned)rand_r(&daemon->seed) & 0xffff;
    return memory_format("%04x%04x-%04x-4%03x-8%03x-%04x%04x%04x", parts[0], parts[1], parts[2],
        parts[3] & 0xfff, parts[4] & 0xfff, parts[5], parts[6], parts[7]);
}

static void leave_list(struct operation *operation)
{
    struct operation **at = &operation->daemon->creating;
    while (*at && *at != operation)
        at = &(*at)->next;
    if (*at)
        *at = operation->next;
    operation->next = NULL;
}

static const char *id_of(const struct operation *operation)
{
    const char *id = desired_of(operation)->id;
    return id ? id : "";
}

/* Of parallel Creates of one id one wins. */
static bool is_taken(const struct operation *operation)
{
    const char *id = id_of(operation);
    return *id && daemon_find(operation->daemon, id);
}

static const char *log_root(const Kanto__Container *container)
{
    const Kanto__LogConfiguration *log =
        container->host_config ? container->host_config->log_config : NULL;
    const Kanto__LogDriverConfiguration *driver = log ? log->driver_config : NULL;
    return driver && driver->root_dir ? driver->root_dir : "";
}

/* Creates of the same id that came later and are on their way: of those that race the last one
 * wins, the others stumble over what each has made so far (recorded: concurrency). */
static size_t newer_rivals(const struct operation *operation)
{
    size_t count = 0;
    const char *id = id_of(operation);
    for (const struct operation *other = operation->daemon->creating;
         *id && other && other != operation; other = other->next)
        count += strcmp(id_of(other), id) == 0;
    return count;
}

/* What the daemon stumbles over once the image is there, or NULL. */
static char *find_obstacle(const struct operation *operation, size_t rivals)
{
    const char *id = id_of(operation);
    if (is_taken(operation))
        return memory_format("container with id = %s already exists", id);
    if (rivals > 1)
        return memory_format("snapshot \"%s-snapshot\": already exists", id);
    if (rivals == 1 || (*id && daemon_is_held(operation->daemon, id)))
        return memory_string("failed to create containerIO");
    return NULL;
}

/* The one place where a folder can never be made. */
static char *check_log_root(const Kanto__Container *container)
{
    const char *root = log_root(container);
    return strncmp(root, "/proc/", 6) == 0
               ? memory_format("failed to create root log dir %s/%s: mkdir %s: no such file or "
                               "directory",
                     root, container->id, root)
               : NULL;
}

/* Results that the client gives are dropped, but for those that are kept (recorded: create-full). */
static Kanto__Container *copy_desired(const struct operation *operation)
{
    Kanto__Container *container = container_clone(desired_of(operation));
    if (!*id_of(operation)) {
        free(container->id);
        container->id = make_id(operation->daemon);
    }
    if (!*container_name(container)) {
        free(container->name);
        container->name = memory_string(container->id);
    }
    free(container->created);
    container->created = NULL;
    if (container->state)
        kanto__state__free_unpacked(container->state, NULL);
    container->state = NULL;
    container_normalise(container);
    return container;
}

static void make(struct operation *operation)
{
    struct daemon *daemon = operation->daemon;
    size_t rivals = newer_rivals(operation);
    leave_list(operation);
    Kanto__Container *container = copy_desired(operation);
    scoped_free char *obstacle = find_obstacle(operation, rivals);
    if (!obstacle)
        obstacle = check_log_root(container);
    if (obstacle) {
        container_free(container);
        operation_fail(operation, "%s", obstacle);
        return;
    }
    struct box *box = box_create(daemon, container);
    box_set_created(box);
    daemon_add(daemon, box);
    store_save(daemon, box);
    Kanto__CreateContainerResponse response = KANTO__CREATE_CONTAINER_RESPONSE__INIT;
    response.container = container;
    operation_accept(operation, &response.base);
}

static struct image *image_of(const struct operation *operation)
{
    return images_find(&operation->daemon->images, desired_of(operation)->image->name);
}

static void refuse(struct operation *operation, struct refusal *refusal)
{
    struct image *image = image_of(operation);
    leave_list(operation);
    if (refusal->stays && !image->spoiled)
        image->spoiled = memory_string(refusal->message);
    operation_refuse(operation, refusal->status, refusal->message);
}

/* A registry that is well again before it has refused gives the image. */
static void pull_ended(struct operation *operation)
{
    struct refusal refusal = operation->phase == REFUSED
                                 ? pull_ask(operation->daemon, image_of(operation))
                                 : (struct refusal){0};
    if (refusal.message) {
        refuse(operation, &refusal);
        free(refusal.message);
        return;
    }
    image_of(operation)->present = true;
    operation->phase = MAKING;
    operation_wait(operation, faults_duration(&operation->daemon->faults, FAULTS_CREATE_MS), make);
}

static int64_t count_pulls(const struct daemon *daemon)
{
    int64_t pulls = 0;
    for (const struct operation *other = daemon->creating; other; other = other->next)
        pulls += other->phase == PULLING;
    return pulls;
}

static void pull(struct operation *operation)
{
    struct daemon *daemon = operation->daemon;
    const struct image *image = image_of(operation);
    struct refusal refusal = pull_ask(daemon, image);
    int64_t takes =
        refusal.message ? refusal.after_ms : pull_ms(daemon, image, count_pulls(daemon) + 1);
    operation->phase = refusal.message ? REFUSED : PULLING;
    operation->next = daemon->creating;
    daemon->creating = operation;
    free(refusal.message);
    operation_wait(operation, takes, pull_ended);
}

/* The first verdict is what the daemon says. */
static void keep_first(void *context, const struct finding *finding)
{
    char **verdict = context;
    if (!*verdict)
        *verdict = memory_string(finding->verdict);
}

/* Keys of encrypted images are looked at before the pull. */
static char *check_keys(const Kanto__Image *image)
{
    const Kanto__DecryptConfig *config = image->decrypt_config;
    if (config && config->n_recipients > 0)
        return memory_string("invalid recipient format");
    for (size_t i = 0; config && i < config->n_keys; i++)
        if (access(config->keys[i], F_OK) < 0)
            return memory_format("open %s: no such file or directory", config->keys[i]);
    return NULL;
}

void create_begin(struct operation *operation)
{
    const Kanto__Container *desired = desired_of(operation);
    scoped_free char *verdict = NULL;
    if (!desired || !desired->image) {
        operation->daemon->crashed = true;
        return;
    }
    if (is_taken(operation)) {
        operation_fail(operation, "container with id = %s already exists", id_of(operation));
        return;
    }
    container_check(desired, keep_first, &verdict);
    if (!verdict)
        verdict = check_keys(desired->image);
    if (!verdict && strlen(id_of(operation)) > NAME_MAX)
        verdict =
            memory_format("stat " HOME "/containers/%s: file name too long", id_of(operation));
    if (verdict)
        operation_fail(operation, "%s", verdict);
    else
        pull(operation);
}

bool create_cut(struct operation *operation)
{
    struct daemon *daemon = operation->daemon;
    if (operation->phase == MAKING && *id_of(operation))
        daemon_hold(daemon, id_of(operation));
    leave_list(operation);
    clock_unset(&daemon->clock, &operation->timer);
    return true;
}
