#include "frame/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define READ_BYTES 65536

static bool grow(unsigned char **bytes, size_t *capacity, size_t wanted)
{
    size_t size = *capacity ? *capacity : 256;
    while (size < wanted)
        size *= 2;
    unsigned char *grown = size == *capacity ? *bytes : realloc(*bytes, size);
    if (!grown)
        return false;
    *bytes = grown;
    *capacity = size;
    return true;
}

static void put_raw(struct frame_out *out, const void *bytes, size_t length)
{
    if (out->overflow || length > FRAME_MAX + FRAME_HEADER - out->length ||
        !grow(&out->bytes, &out->capacity, out->length + length)) {
        out->overflow = true;
        return;
    }
    if (length)
        memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

void frame_begin(struct frame_out *out, enum frame_type type)
{
    uint32_t header[2] = {0, (uint32_t)type};
    out->length = 0;
    out->overflow = false;
    put_raw(out, header, sizeof(header));
}

/* A field: four bytes of length, the bytes, a zero. */
void frame_put(struct frame_out *out, const void *bytes, size_t length)
{
    uint32_t size = (uint32_t)length;
    if (length > FRAME_MAX) {
        out->overflow = true;
        return;
    }
    put_raw(out, &size, sizeof(size));
    put_raw(out, bytes, length);
    put_raw(out, "", 1);
}

void frame_put_text(struct frame_out *out, const char *text)
{
    frame_put(out, text ? text : "", text ? strlen(text) : 0);
}

void frame_put_number(struct frame_out *out, int64_t number)
{
    frame_put(out, &number, sizeof(number));
}

static ssize_t send_some(int fd, const unsigned char *bytes, size_t length, int fd_to_pass)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_to_pass >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd_to_pass, sizeof(int));
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int frame_send(struct frame_out *out, int fd, int fd_to_pass)
{
    if (out->overflow)
        return -EMSGSIZE;
    uint32_t payload = (uint32_t)(out->length - FRAME_HEADER);
    memcpy(out->bytes, &payload, sizeof(payload));
    size_t sent = 0;
    while (sent < out->length) {
        ssize_t got = send_some(fd, out->bytes + sent, out->length - sent, sent ? -1 : fd_to_pass);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        sent += (size_t)got;
    }
    return 0;
}

void frame_out_finish(struct frame_out *out)
{
    free(out->bytes);
    *out = (struct frame_out){0};
}

const void *frame_take(struct frame_in *in, size_t most, size_t *ret_length)
{
    uint32_t length = 0;
    *ret_length = 0;
    if (in->bad || (size_t)(in->end - in->at) < sizeof(length) + 1)
        goto bad;
    memcpy(&length, in->at, sizeof(length));
    if (length > most || length > (size_t)(in->end - in->at) - sizeof(length) - 1 ||
        in->at[sizeof(length) + length] != 0)
        goto bad;
    const unsigned char *field = in->at + sizeof(length);
    in->at = field + length + 1;
    *ret_length = length;
    return field;
bad:
    in->bad = true;
    return "";
}

const char *frame_take_text(struct frame_in *in, size_t most)
{
    size_t length = 0;
    const char *text = frame_take(in, most, &length);
    if (strlen(text) == length)
        return text;
    in->bad = true;
    return "";
}

int64_t frame_take_number(struct frame_in *in)
{
    size_t length = 0;
    int64_t number = 0;
    const void *bytes = frame_take(in, sizeof(number), &length);
    if (length == sizeof(number))
        memcpy(&number, bytes, sizeof(number));
    else
        in->bad = true;
    return number;
}

bool frame_taken(struct frame_in *in)
{
    in->bad = in->bad || in->at != in->end;
    return !in->bad;
}

/* Takes the one that may be there, and closes all others: how many these were. */
static size_t take_fds(struct msghdr *message, int *ret_fd)
{
    size_t others = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof(int) <= header->cmsg_len; at += sizeof(int)) {
            int passed = -1;
            memcpy(&passed, (const unsigned char *)header + at, sizeof(passed));
            if (*ret_fd < 0) {
                *ret_fd = passed;
            } else {
                close(passed);
                others++;
            }
        }
    }
    return others;
}

/* What is taken out makes room; then there is some for `length` bytes more. */
static int make_room(struct frame_buffer *buffer, size_t length)
{
    if (buffer->used) {
        buffer->length -= buffer->used;
        memmove(buffer->bytes, buffer->bytes + buffer->used, buffer->length);
        buffer->used = 0;
    }
    return grow(&buffer->bytes, &buffer->capacity, buffer->length + length) ? 0 : -ENOMEM;
}

long frame_fill(struct frame_buffer *buffer, int fd, int *ret_fd)
{
    /* Padded, it has room for two. */
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    if (make_room(buffer, READ_BYTES) < 0)
        return -ENOMEM;
    struct iovec part = {
        .iov_base = buffer->bytes + buffer->length, .iov_len = buffer->capacity - buffer->length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (ret_fd) { /* else the kernel lets go of all of them, and says so */
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
    }
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    if ((ret_fd && take_fds(&message, ret_fd) > 0) || (message.msg_flags & MSG_CTRUNC)) {
        if (ret_fd && *ret_fd >= 0)
            close(*ret_fd);
        return -EPROTO;
    }
    buffer->length += (size_t)got;
    return got;
}

int frame_buffer_add(struct frame_buffer *buffer, const void *bytes, size_t length)
{
    if (make_room(buffer, length) < 0)
        return -ENOMEM;
    if (length)
        memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return 0;
}

int frame_next(struct frame_buffer *buffer, struct frame_in *ret_in, uint32_t *ret_found)
{
    uint32_t header[2];
    size_t there = buffer->length - buffer->used;
    if (there < FRAME_HEADER)
        return 0;
    const unsigned char *at = buffer->bytes + buffer->used;
    memcpy(header, at, sizeof(header));
    *ret_found = header[0] > FRAME_MAX ? header[0] : header[1];
    if (header[0] > FRAME_MAX || header[1] == 0 || header[1] >= FRAME_TYPES)
        return -1;
    if (there < FRAME_HEADER + (size_t)header[0])
        return 0;
    *ret_in = (struct frame_in){
        .type = (enum frame_type)header[1],
        .at = at + FRAME_HEADER,
        .end = at + FRAME_HEADER + header[0],
    };
    buffer->used += FRAME_HEADER + (size_t)header[0];
    return 1;
}

void frame_buffer_finish(struct frame_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct frame_buffer){0};
}
