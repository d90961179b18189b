#include "plan/roles.h"

#include "model/id.h"

#include <string.h>

static const struct journal_entry *entry_of(const struct journal *journal, const struct live *live)
{
    const struct journal_entry *entry = journal ? journal_find(journal, live->id) : NULL;
    return entry && entry->replaces ? entry : NULL;
}

static void pair(struct live *old, struct live *new, struct roles *roles)
{
    if (old)
        old->role = ROLE_OLD;
    new->role = ROLE_NEW;
    roles->on = true;
}

/* `gone`: of whose old one there is nothing but what the journal kept. */
static bool by_journal(struct live *live, size_t live_count, const struct journal *journal,
    bool gone, struct roles *roles)
{
    for (size_t i = 0; i < live_count; i++) {
        const struct journal_entry *entry = entry_of(journal, &live[i]);
        struct live *old = NULL;
        for (size_t j = 0; entry && j < live_count; j++)
            if (j != i && strcmp(live[j].id, entry->replaces) == 0)
                old = &live[j];
        if (!entry || (gone ? old || !entry->former : !old))
            continue;
        pair(old, &live[i], roles);
        roles->entry = entry;
        roles->ran = entry->former_ran;
        return true;
    }
    return false;
}

static bool by_id(struct live *live, size_t live_count, struct live *new, struct roles *roles)
{
    struct id_replaced was;
    for (size_t i = 0; i < live_count; i++) {
        if (&live[i] == new || !id_replaces(new->id, live[i].id, &was))
            continue;
        pair(&live[i], new, roles);
        roles->ran = was.ran;
        roles->has_policy = true;
        roles->policy = was.policy;
        return true;
    }
    return false;
}

static bool find_pair(struct live *live, size_t live_count, const struct journal *journal,
    bool old_renamed, struct roles *roles)
{
    if (by_journal(live, live_count, journal, false, roles) ||
        (!old_renamed && by_journal(live, live_count, journal, true, roles)))
        return true;
    for (size_t i = 0; i < live_count; i++)
        if (by_id(live, live_count, &live[i], roles))
            return true;
    return false;
}

/* Two of ours, and nothing says how they belong together: what a lost journal can leave behind. */
static void clear_strays(struct live *live, size_t live_count, struct roles *roles)
{
    struct live *chosen = &live[next_chosen(live, live_count)];
    if (!chosen->ours)
        return;
    for (size_t i = 0; i < live_count; i++) {
        if (&live[i] == chosen || !live[i].ours)
            continue;
        bool stands = chosen->same || chosen->current;
        struct live *new = stands ? chosen : &live[i];
        struct live *old = stands ? &live[i] : chosen;
        pair(old, new, roles);
        roles->ran = live_runs(old);
        return;
    }
}

void roles_assign(struct live *live, size_t live_count, const struct journal *journal,
    bool old_renamed, struct roles *ret_roles)
{
    *ret_roles = (struct roles){.policy = POLICY_OTHER};
    for (size_t i = 0; i < live_count; i++)
        live[i].role = ROLE_SINGLE;
    if (!find_pair(live, live_count, journal, old_renamed, ret_roles) && live_count > 1)
        clear_strays(live, live_count, ret_roles);
}
