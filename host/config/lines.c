#include "config/lines.h"

#include <ctype.h>
#include <string.h>

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

void lines_read(char *text, lines_key *on_key, lines_mistake *on_mistake, void *context)
{
    const char *section = "";
    int number = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        number++;
        line = trim(line);
        size_t length = strlen(line);
        char *equals = strchr(line, '=');
        if (length == 0 || *line == '#' || *line == ';')
            continue;
        if (*line == '[' && line[length - 1] == ']') {
            line[length - 1] = '\0';
            section = trim(line + 1);
        } else if (equals && equals != line && *line != '[') {
            *equals = '\0';
            on_key(context, section, trim(line), trim(equals + 1), number);
        } else {
            on_mistake(context, line, number);
        }
    }
}
