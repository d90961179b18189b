#include "probe/state.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
/* gcc ships it without the header */
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

static int count_entries(const char *folder)
{
    int count = 0;
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    if (!stream)
        return -1;
    while ((entry = readdir(stream)))
        count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

int state_threads(void)
{
    return count_entries("/proc/self/task");
}

int state_descriptors(void)
{
    return count_entries("/proc/self/fd") - 1; /* the one that is read here */
}

int state_children(void)
{
    char path[64], list[4096];
    int count = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t length = fread(list, 1, sizeof(list), file);
    for (size_t i = 0; i < length; i++)
        count += list[i] == ' ';
    fclose(file);
    return count;
}

size_t state_heap(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

static long status_number(const char *key)
{
    char line[256];
    long number = -1;
    size_t length = strlen(key);
    FILE *file = fopen("/proc/self/status", "re");
    while (file && number < 0 && fgets(line, sizeof(line), file))
        if (strncmp(line, key, length) == 0)
            number = strtol(line + length, NULL, 10);
    if (file)
        fclose(file);
    return number;
}

long state_resident(void)
{
    return status_number("VmRSS:");
}

long state_most_resident(void)
{
    return status_number("VmHWM:");
}

int state_settle(int threads)
{
    int now = state_threads();
    for (int i = 0; i < 100 && now > threads; i++) {
        usleep(10000);
        now = state_threads();
    }
    return now;
}
