#include "base/cleanup.h"
#include "check/check.h"

#define STATIC    "static"
#define LOAD      "load"
#define CONTRACT  "contract"
#define BEHAVIOUR "behaviour"

/* docs/plugins.md gives each its reason; a test compares. */
const struct check_rule check_rules[] = {
    {STATIC, "mode", NULL,
        "only root or the caller may write to the file and the folders above it"},
    {STATIC, "elf", NULL, "a shared object of this machine's class and type"},
    {STATIC, "note", NULL, "KD_SOURCE_NOTE, of a major that this host loads"},
    {STATIC, "exports", NULL, "kd_source_v1 and nothing else"},
    {STATIC, "needed", NULL, "libraries by name, each of them once"},
    {STATIC, "rpath", NULL, "no search path but $ORIGIN and the system's folders"},
    {STATIC, "stack", NULL, "a stack that is not executable"},
    {LOAD, "loads", "load", "every symbol is found; constructors come to an end"},
    {LOAD, "threads", "load", "no thread and no child process is started"},
    {LOAD, "descriptors", "load", "no descriptor is opened or closed"},
    {LOAD, "signals", "load", "no signal's handler, mask or timer is changed"},
    {LOAD, "output", "load", "nothing is printed"},
    {LOAD, "process", "load", "umask, folder, locale and environment stay"},
    {CONTRACT, "table", "load", "kd_source is whole: slots, texts, settings"},
    {CONTRACT, "ext", "load", "ext answers NULL to a name that it does not know"},
    {CONTRACT, "settings", "settings", "init bears empty, huge and odd values"},
    {CONTRACT, "failed_init", "settings", "a failed init leaves nothing behind, and says why"},
    {CONTRACT, "sizes", "sizes", "older and newer hosts: nothing behind `size` is read"},
    {CONTRACT, "lifetime", "lifetime", "nothing of the host's is used after the call"},
    {CONTRACT, "instances", "instances", "two inits make two sources"},
    {CONTRACT, "put", "put", "a put that is refused ends in KD_FATAL"},
    {CONTRACT, "cancelled", "cancelled", "reconcile returns soon when it is cancelled"},
    {CONTRACT, "threads", "threads", "out on the plugin's thread only; none is left at the end"},
    {CONTRACT, "have", "have", "UNCHANGED only for a revision and a memo of its own"},
    {BEHAVIOUR, "items", "items", "keys are unique; every item is within the limits"},
    {BEHAVIOUR, "works", NULL, "with these settings the set is COMPLETE"},
    {BEHAVIOUR, "same", NULL, "the same input gives the same set"},
    {BEHAVIOUR, "manifests", NULL, "every item is a manifest, or an array of them"},
    {BEHAVIOUR, "error", "error", "what cannot be read is an error, never a smaller set"},
    {BEHAVIOUR, "sandbox", NULL, "no system call is made that the sandbox stops"},
    {BEHAVIOUR, "growth", "growth", "memory, descriptors and threads do not grow"},
};
const size_t check_rule_count = countof(check_rules);
_Static_assert(countof(check_rules) <= CHECK_RULES_MAX, "room for all results");
