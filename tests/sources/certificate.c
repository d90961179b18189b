#include "certificate.h"

#include "folder.h"
#include "sign.h"

#include <check.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MADE_MAX 16

static struct {
    const char *name;
    struct identity identity;
} made[MADE_MAX];
static size_t made_count;

static const struct identity *find(const char *name)
{
    for (size_t i = 0; i < made_count; i++)
        if (strcmp(made[i].name, name) == 0)
            return &made[i].identity;
    ck_abort_msg("%s was not made", name);
    return NULL;
}

static void write_both(const char *folder, const char *name, const struct identity *identity)
{
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    identity_write(identity, folder_path(folder, file));
    snprintf(file, sizeof(file), "%s.key", name);
    FILE *to = fopen(folder_path(folder, file), "we");
    ck_assert_ptr_nonnull(to);
    ck_assert_int_eq(fchmod(fileno(to), 0600), 0);
    PEM_write_PrivateKey(to, identity->key, NULL, NULL, 0, NULL, NULL);
    fclose(to);
}

void certificate_make(const char *folder, const char *name, const char *issuer,
    enum certificate_kind kind, int from_days, int to_days)
{
    static const char *const usages[] = {
        [CERTIFICATE_SERVER] = "serverAuth", [CERTIFICATE_CLIENT] = "clientAuth,codeSigning"};
    const struct identity_request request = {.name = name,
        .issuer = issuer ? find(issuer) : NULL,
        .authority = kind == CERTIFICATE_CA,
        .usage = usages[kind],
        .names = kind == CERTIFICATE_SERVER ? "DNS:localhost,IP:127.0.0.1" : NULL,
        .from = from_days,
        .until = to_days};
    ck_assert_uint_lt(made_count, MADE_MAX);
    made[made_count].identity = identity_make(&request);
    made[made_count++].name = name;
    write_both(folder, name, &made[made_count - 1].identity);
}
