/* decrypt_config: files that kanto-cm reads, by the grammar of the library that it hands them to
 * (imgcrypt). */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/trial.h"

#include <string.h>
#include <sys/stat.h>

/* A file that kanto-cm reads, whole. What is no file has no end, or makes it wait for ever. */
static void check_key_file(const struct trial *trial, const struct demand *demand, const char *path)
{
    struct stat info;
    if (*path != '/' || stat(path, &info) < 0 || S_ISREG(info.st_mode))
        trial_check_path(trial, demand, path);
    else
        checker_report(&trial->checker, SEVERITY_ERROR, demand->path, demand->index, NULL,
            "found \"%s\", expected a regular file: kanto-cm reads it to its end", path);
}

static void refuse_other(
    const struct trial *trial, const struct demand *demand, const char *text, const char *what)
{
    scoped_free char *found = memory_format("\"%s\"%s", text, what);
    if (!demand->list->all)
        trial_refuse(trial, demand, found, "yes");
}

/* FILE, FILE:PASSWORD, FILE:pass=PASSWORD, FILE:file=FILE, FILE:fd=NUMBER, provider:… */
static void check_key(const struct trial *trial, const struct demand *demand, const char *key)
{
    size_t length = strcspn(key, ":");
    scoped_free char *file = memory_bytes(key, length);
    const char *password = key[length] ? key + length + 1 : "";
    if (strcmp(file, "provider") == 0 && key[length]) {
        refuse_other(trial, demand, key, ", a program or service that hands out keys");
        return;
    }
    check_key_file(trial, demand, file);
    if (strncmp(password, "file=", 5) == 0)
        check_key_file(trial, demand, password + 5);
    else if (strncmp(password, "fd=", 3) == 0) /* whatever was granted: it is closed behind that */
        checker_report(&trial->checker, SEVERITY_ERROR, demand->path, demand->index, NULL,
            "found a password by descriptor, expected FILE:file=FILE: kanto-cm would close one of "
            "its own");
}

/* jwe:FILE, pkcs7:FILE, pkcs11:FILE, pgp:NAME, provider:… */
static void check_recipient(
    const struct trial *trial, const struct demand *demand, const char *recipient)
{
    static const char *const files[] = {"jwe:", "pkcs7:", "pkcs11:"};
    if (strncmp(recipient, "pgp:", 4) == 0)
        return;
    for (size_t i = 0; i < countof(files); i++) {
        if (strncmp(recipient, files[i], strlen(files[i])) != 0)
            continue;
        check_key_file(trial, demand, recipient + strlen(files[i]));
        return;
    }
    refuse_other(trial, demand, recipient, ", which names no file");
}

void permit_check_decrypt(struct trial *trial, const Kanto__DecryptConfig *decrypt)
{
    struct demand demand = {
        .key = "allow_decrypt", .list = &trial->permit->decrypt, .reached = &trial->decrypt};
    demand.path = "image.decrypt_config.keys[%zu]";
    for (demand.index = 0; demand.index < decrypt->n_keys; demand.index++)
        check_key(trial, &demand, decrypt->keys[demand.index]);
    demand.path = "image.decrypt_config.recipients[%zu]";
    for (demand.index = 0; demand.index < decrypt->n_recipients; demand.index++)
        check_recipient(trial, &demand, decrypt->recipients[demand.index]);
}
