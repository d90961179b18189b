/* Who is who in a replacement that is under way: told by the journal, else by the new one's id
 * (model/id.h), so that an interrupted one is found from a List alone. Of several containers of
 * ours without such a tie one stands for the name, and the others make room for it. */
#ifndef KD_PLAN_ROLES_H
#define KD_PLAN_ROLES_H

#include "journal/journal.h"
#include "plan/next.h"

/* What a role was given for. */
struct roles {
    bool on;                           /* a replacement is under way */
    bool ran;                          /* the old one ran when it began */
    bool has_policy;                   /* its policy then is known: */
    enum container_policy policy;      /* (POLICY_OTHER is none of the four) */
    const struct journal_entry *entry; /* the new one's, when it names the old one; NULL: none */
};

/* Sets the role of every live one. `journal` may be NULL. `old_renamed`: one whose old one is not
 * among them is none's new one. */
void roles_assign(struct live *live, size_t live_count, const struct journal *journal,
    bool old_renamed, struct roles *ret_roles);

#endif
