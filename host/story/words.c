#include "story/words.h"

#include <stddef.h>

static const struct {
    const char *word, *doing, *done, *call;
    bool changes;
} actions[ACTIONS] = {
#define ACTION(name, word, doing, done, call, changes)                                             \
    [ACTION_##name] = {word, doing, done, call, changes},
#include "story/actions.tbl"
#undef ACTION
};

const char *action_word(enum action action)
{
    return actions[action].word;
}

const char *action_doing(enum action action)
{
    return actions[action].doing;
}

const char *action_done(enum action action)
{
    return actions[action].done;
}

const char *action_call(enum action action)
{
    return actions[action].call;
}

bool action_changes(enum action action)
{
    return actions[action].changes;
}

const char *result_word(enum result result)
{
    static const char *const words[RESULTS] = {
#define RESULT(name, word) [RESULT_##name] = word,
#include "story/results.tbl"
#undef RESULT
    };
    return words[result];
}

static const struct {
    const char *word;
    bool failed, well;
} verdicts[VERDICTS] = {
#define VERDICT(name, word, failed, well) [VERDICT_##name] = {word, failed, well},
#include "story/verdicts.tbl"
#undef VERDICT
};

const char *verdict_word(enum verdict verdict)
{
    return verdicts[verdict].word;
}

bool verdict_failed(enum verdict verdict)
{
    return verdicts[verdict].failed;
}

bool verdict_is_well(enum verdict verdict)
{
    return verdicts[verdict].well;
}

const char *role_word(enum role role)
{
    static const char *const words[] = {[ROLE_SINGLE] = "", [ROLE_OLD] = "old", [ROLE_NEW] = "new"};
    return words[role];
}
