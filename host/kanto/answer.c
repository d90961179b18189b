#include "kanto/kanto.h"

#include <stdlib.h>

void kanto_answer_finish(struct kanto_answer *answer)
{
    free(answer->message);
    free(answer->log);
    if (answer->container)
        kanto__container__free_unpacked(answer->container, NULL);
    if (answer->list)
        kanto__list_containers_response__free_unpacked(answer->list, NULL);
    if (answer->info)
        kanto__project_info__free_unpacked(answer->info, NULL);
    *answer = (struct kanto_answer){0};
}

int kanto_call(struct kanto *kanto, const struct kanto_request *request,
    struct kanto_answer *ret_answer, struct error *err)
{
    if (kanto->table->submit(kanto, request, err) < 0)
        return -1;
    while (kanto->table->next(kanto, 1000, ret_answer) == 0)
        ;
    return 0;
}
