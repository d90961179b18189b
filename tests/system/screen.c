#include "screen.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CELL 5 /* a character of UTF-8, ended by zero */

struct screen {
    int fd, slave;
    int rows, columns, row, column;
    bool wraps;
    char (*cells)[CELL];
    char sequence[16]; /* that has begun */
    size_t sequence_length;
    struct text text;
};

static char *cell(struct screen *screen, int row, int column)
{
    return screen->cells[row * screen->columns + column];
}

static void clear(struct screen *screen, int row, int column, int end_row)
{
    for (; row < end_row; row++, column = 0)
        for (; column < screen->columns; column++)
            cell(screen, row, column)[0] = '\0';
}

struct screen *screen_open(int rows, int columns)
{
    struct screen *screen = memory_zeroed(1, sizeof(*screen));
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    *screen = (struct screen){.rows = rows, .columns = columns, .wraps = true};
    screen->cells = memory_zeroed((size_t)(rows * columns), sizeof(*screen->cells));
    screen->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    ck_assert_msg(screen->fd >= 0 && grantpt(screen->fd) == 0 && unlockpt(screen->fd) == 0,
        "no pseudo terminal: %s", strerror(errno));
    /* Held open: without a writer it would be at its end. */
    screen->slave = open(ptsname(screen->fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_eq(ioctl(screen->slave, TIOCSWINSZ, &size), 0);
    setenv("TERM", "xterm", 1);
    return screen;
}

void screen_close(struct screen *screen)
{
    close(screen->slave);
    close(screen->fd);
    text_finish(&screen->text);
    free(screen->cells);
    free(screen);
}

static const char *const streams[] = {"out", "err"};

void screen_let_go(const struct harness *harness)
{
    for (size_t i = 0; i < 2; i++) {
        char *path = memory_format("%s/%s", harness->folder, streams[i]);
        unlink(path);
        free(path);
    }
}

void screen_lend(struct screen *screen, const struct harness *harness)
{
    screen_let_go(harness);
    for (size_t i = 0; i < 2; i++) {
        char *path = memory_format("%s/%s", harness->folder, streams[i]);
        ck_assert_int_eq(symlink(ptsname(screen->fd), path), 0);
        free(path);
    }
}

void screen_type(struct screen *screen, const char *text)
{
    ck_assert_int_eq(write(screen->fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* ---- what the bytes mean ---- */

static void feed_line(struct screen *screen)
{
    if (screen->row < screen->rows - 1) {
        screen->row++;
        return;
    }
    memmove(screen->cells, cell(screen, 1, 0),
        (size_t)((screen->rows - 1) * screen->columns) * sizeof(*screen->cells));
    clear(screen, screen->rows - 1, 0, screen->rows);
}

static void put(struct screen *screen, char byte)
{
    bool follows = ((unsigned char)byte & 0xc0) == 0x80;
    if (!follows && screen->column == screen->columns && screen->wraps) {
        screen->column = 0;
        feed_line(screen);
    }
    if (!follows && screen->column < screen->columns)
        cell(screen, screen->row, screen->column)[0] = '\0';
    if (!follows && screen->column < screen->columns)
        screen->column++;
    char *at = cell(screen, screen->row, screen->column - 1);
    size_t length = follows ? strlen(at) : 0;
    at[length] = byte;
    at[length + 1] = '\0';
}

static void obey(struct screen *screen, const char *sequence, char last)
{
    int number = atoi(sequence + 1);
    int row = screen->row - (number > 0 ? number : 1);
    if (last == 'A')
        screen->row = row > 0 ? row : 0;
    else if (last == 'K')
        clear(screen, screen->row, screen->column, screen->row + 1);
    else if (last == 'J')
        clear(screen, screen->row, screen->column, screen->rows);
    else if (strcmp(sequence, "[?7h") == 0 || strcmp(sequence, "[?7l") == 0)
        screen->wraps = last == 'h';
    else
        ck_assert_msg(last == 'm', "unknown sequence ESC %s", sequence);
}

static void take(struct screen *screen, char byte)
{
    if (screen->sequence_length) {
        ck_assert_uint_lt(screen->sequence_length, sizeof(screen->sequence));
        screen->sequence[screen->sequence_length++ - 1] = byte;
        if (screen->sequence_length == 2 || (unsigned char)byte < 0x40)
            return;
        screen->sequence[screen->sequence_length - 1] = '\0';
        screen->sequence_length = 0;
        obey(screen, screen->sequence, byte);
    } else if (byte == '\033') {
        screen->sequence_length = 1;
    } else if (byte == '\r') {
        screen->column = 0;
    } else if (byte == '\n') {
        feed_line(screen);
    } else {
        put(screen, byte);
    }
}

const char *screen_text(struct screen *screen)
{
    char bytes[4096];
    ssize_t got;
    while ((got = read(screen->fd, bytes, sizeof(bytes))) > 0)
        for (ssize_t i = 0; i < got; i++)
            take(screen, bytes[i]);
    text_finish(&screen->text);
    for (int row = 0; row < screen->rows; row++) {
        for (int column = 0; column < screen->columns; column++) {
            const char *one = cell(screen, row, column);
            text_add(&screen->text, *one ? one : " ");
        }
        text_add(&screen->text, "\n");
    }
    return text_get(&screen->text);
}

int screen_count(struct screen *screen, const char *beginning)
{
    int count = 0;
    for (const char *line = screen_text(screen); *line; line = strchr(line, '\n') + 1)
        count += strncmp(line, beginning, strlen(beginning)) == 0;
    return count;
}

void screen_wait_for(struct screen *screen, const char *text)
{
    int64_t until = clock_now_ms() + 10000;
    while (!strstr(screen_text(screen), text)) {
        ck_assert_msg(
            clock_now_ms() < until, "\"%s\" is not to be seen\n%s", text, screen_text(screen));
        poll(NULL, 0, 5);
    }
}
