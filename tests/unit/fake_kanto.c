#include "fake_kanto.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/defaults.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS 5

static Kanto__Container *find(struct fake_kanto *fake, const char *id)
{
    for (size_t i = 0; i < fake->list.n_containers; i++)
        if (strcmp(fake->list.containers[i]->id, id) == 0)
            return fake->list.containers[i];
    return NULL;
}

static void set_status(Kanto__Container *container, const char *status)
{
    if (!container->state) {
        container->state = memory_zeroed(1, sizeof(*container->state));
        kanto__state__init(container->state);
    }
    free(container->state->status);
    container->state->status = memory_string(status);
}

static void keep(struct fake_kanto *fake, Kanto__Container *container)
{
    memory_grow(&fake->list.containers, &fake->list_capacity, fake->list.n_containers,
        sizeof(*fake->list.containers));
    fake->list.containers[fake->list.n_containers++] = container;
}

Kanto__Container *fake_kanto_add(struct fake_kanto *fake, const char *id, const char *name,
    const char *image, const char *status)
{
    Kanto__Container *container = memory_zeroed(1, sizeof(*container));
    kanto__container__init(container);
    container->id = memory_string(id);
    container->name = memory_string(name);
    container->image = memory_zeroed(1, sizeof(*container->image));
    kanto__image__init(container->image);
    container->image->name = memory_string(image);
    container_normalise(container);
    set_status(container, status);
    keep(fake, container);
    return container;
}

static void refuse(struct kanto_answer *answer, char *message)
{
    answer->outcome = KANTO_REFUSED;
    answer->status = 2;
    answer->message = message;
}

static void create(
    struct fake_kanto *fake, const struct kanto_request *request, struct kanto_answer *answer)
{
    if (find(fake, request->container->id)) {
        refuse(
            answer, memory_format("container with id = %s already exists", request->container->id));
        return;
    }
    Kanto__Container *container = container_clone(request->container);
    container_normalise(container);
    set_status(container, "Created");
    keep(fake, container);
    answer->container = container_clone(container);
}

static void drop(struct fake_kanto *fake, Kanto__Container *container)
{
    size_t at = 0;
    while (fake->list.containers[at] != container)
        at++;
    container_free(container);
    fake->list.containers[at] = fake->list.containers[--fake->list.n_containers];
}

/* Whole messages are replaced, as the daemon does. */
static void update(Kanto__Container *container, const struct kanto_request *request)
{
    Kanto__Container *options = memory_zeroed(1, sizeof(*options));
    kanto__container__init(options);
    options->host_config = memory_zeroed(1, sizeof(*options->host_config));
    kanto__host_config__init(options->host_config);
    options->host_config->restart_policy = (Kanto__RestartPolicy *)request->policy;
    options->host_config->resources = (Kanto__Resources *)request->resources;
    if (request->resources)
        container_copy_in_place(container, options);
    else
        container_copy_policy(container, options);
    free(options->host_config);
    free(options);
}

static void act(
    struct fake_kanto *fake, const struct kanto_request *request, struct kanto_answer *answer)
{
    Kanto__Container *there = request->id ? find(fake, request->id) : NULL;
    switch (request->method) {
    case KANTO_LIST: {
        size_t size = kanto__list_containers_response__get_packed_size(&fake->list);
        scoped_free uint8_t *bytes = memory_zeroed(size, 1);
        kanto__list_containers_response__pack(&fake->list, bytes);
        answer->list = kanto__list_containers_response__unpack(NULL, size, bytes);
        break;
    }
    case KANTO_CREATE:
        create(fake, request, answer);
        break;
    case KANTO_GET:
        answer->container = there ? container_clone(there) : NULL;
        break;
    case KANTO_START:
        if (there)
            set_status(there, "Running");
        else
            refuse(answer, memory_format("no such container with id = %s exists", request->id));
        break;
    case KANTO_REMOVE:
        if (there)
            drop(fake, there);
        break;
    case KANTO_STOP:
        if (there)
            set_status(there, "Stopped");
        break;
    case KANTO_UPDATE:
        if (there)
            update(there, request);
        break;
    case KANTO_LOGS:
        ck_assert_msg(there != NULL, "Logs of an unknown id crashes the daemon");
        answer->log = memory_string("{\"log\":\"boom\\n\"}\n");
        break;
    default:
        ck_abort_msg("the fake knows no %s", kanto_method_name(request->method));
    }
}

static int fake_submit(struct kanto *kanto, const struct kanto_request *request, struct error *err)
{
    struct fake_kanto *fake = (struct fake_kanto *)kanto;
    (void)err;
    ck_assert_uint_lt(fake->call_count, FAKE_CALLS_MAX);
    struct fake_call *call = &fake->calls[fake->call_count++];
    call->method = request->method;
    snprintf(call->id, sizeof(call->id), "%s",
        request->method == KANTO_CREATE ? request->container->id
        : request->id                   ? request->id
                                        : "");
    snprintf(call->name, sizeof(call->name), "%s",
        request->method == KANTO_CREATE ? request->container->name : "");
    struct kanto_answer answer = {.tag = request->tag, .method = request->method};
    if (!fake->decide || !fake->decide(fake, call, &answer))
        act(fake, request, &answer);
    memory_grow(&fake->queue, &fake->queue_capacity, fake->queued, sizeof(*fake->queue));
    fake->queue[fake->queued++] = answer;
    if (fake->queued > fake->most_in_flight)
        fake->most_in_flight = fake->queued;
    return 0;
}

static size_t first_answer(const struct fake_kanto *fake)
{
    for (size_t i = 0; fake->slow_lists && i < fake->queued; i++)
        if (fake->queue[i].method != KANTO_LIST)
            return i;
    if (fake->slow_lists)
        poll(NULL, 0, SLOW_MS);
    return 0;
}

static int fake_next(struct kanto *kanto, int64_t timeout_ms, struct kanto_answer *ret_answer)
{
    struct fake_kanto *fake = (struct fake_kanto *)kanto;
    (void)timeout_ms;
    if (fake->queued == 0)
        return 0;
    size_t at = first_answer(fake);
    *ret_answer = fake->queue[at];
    memmove(fake->queue + at, fake->queue + at + 1, (--fake->queued - at) * sizeof(*fake->queue));
    return 1;
}

static int64_t fake_age(struct kanto *kanto)
{
    return ((struct fake_kanto *)kanto)->age_ms;
}

static void fake_close(struct kanto *kanto)
{
    (void)kanto;
}

static const struct kanto_table fake_table = {
    .submit = fake_submit,
    .next = fake_next,
    .daemon_age_ms = fake_age,
    .close = fake_close,
};

void fake_kanto_init(struct fake_kanto *fake)
{
    *fake = (struct fake_kanto){.kanto = {.table = &fake_table}, .age_ms = 60000};
    kanto__list_containers_response__init(&fake->list);
}

void fake_kanto_finish(struct fake_kanto *fake)
{
    while (fake->list.n_containers)
        drop(fake, fake->list.containers[0]);
    free(fake->list.containers);
    for (size_t i = 0; i < fake->queued; i++)
        kanto_answer_finish(&fake->queue[i]);
    free(fake->queue);
}

size_t fake_kanto_count(const struct fake_kanto *fake, enum kanto_method method)
{
    size_t count = 0;
    for (size_t i = 0; i < fake->call_count; i++)
        count += fake->calls[i].method == method;
    return count;
}
