/* What people read for the decisions of `next`. */
#include "plan/job.h"

const char *action_word(enum action_kind kind)
{
    static const char *const words[] = {
        [ACTION_NONE] = "wait",
        [ACTION_CREATE] = "create",
        [ACTION_START] = "start",
        [ACTION_STOP] = "stop",
        [ACTION_UPDATE] = "update",
        [ACTION_REMOVE] = "remove",
        [ACTION_LOOK] = "look",
        [ACTION_LOGS] = "logs",
        [ACTION_SOAK] = "watch",
        [ACTION_VERDICT] = "end",
    };
    return words[kind];
}

const char *role_word(enum role role)
{
    static const char *const words[] = {
        [ROLE_SINGLE] = "",
        [ROLE_OLD] = "old",
        [ROLE_NEW] = "new",
    };
    return words[role];
}

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_NONE] = "unfinished",
        [VERDICT_KEEP] = "kept",
        [VERDICT_DEPLOYED] = "deployed",
        [VERDICT_UPDATED] = "updated",
        [VERDICT_REPLACED] = "replaced",
        [VERDICT_REMOVED] = "removed",
        [VERDICT_DONE] = "done",
        [VERDICT_SKIPPED] = "skipped",
        [VERDICT_DIFFERS] = "differs",
        [VERDICT_WAITING] = "waiting",
        [VERDICT_FAILED] = "failed",
    };
    return words[verdict];
}
