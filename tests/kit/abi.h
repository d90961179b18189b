/* Every offset, size and number of the interface, written down once more: what this file says is
 * compiled into plugins that nobody builds again. A line is added for what is appended; none is
 * changed after 1.0.0. C11 and C++11. */
#ifndef KD_TESTS_ABI_H
#define KD_TESTS_ABI_H

#include <kanto-deployer/source.h>

#define AT(type, field, offset)                                                                    \
    KD_STATIC_ASSERT(offsetof(struct type, field) == (offset), #type "." #field)
#define SIZE(type, size)       KD_STATIC_ASSERT(sizeof(struct type) == (size), #type)
#define NUMBER(name, expected) KD_STATIC_ASSERT((name) == (expected), #name)

#if UINTPTR_MAX == UINT64_MAX
SIZE(kd_setting_info, 40); /* for ever: rows of a table */
AT(kd_setting_info, size, 0);
AT(kd_setting_info, type, 4);
AT(kd_setting_info, flags, 8);
AT(kd_setting_info, reserved, 12);
AT(kd_setting_info, name, 16);
AT(kd_setting_info, fallback, 24);
AT(kd_setting_info, help, 32);

SIZE(kd_setting, 40); /* for ever: rows of a table */
AT(kd_setting, size, 0);
AT(kd_setting, type, 4);
AT(kd_setting, name, 8);
AT(kd_setting, text, 16);
AT(kd_setting, number, 24);
AT(kd_setting, fd, 32);
AT(kd_setting, reserved, 36);

SIZE(kd_host, 56); /* of minor 0, as the sizes below */
AT(kd_host, size, 0);
AT(kd_host, minor, 4);
AT(kd_host, flags, 8);
AT(kd_host, reserved, 12);
AT(kd_host, ctx, 16);
AT(kd_host, log, 24);
AT(kd_host, changed, 32);
AT(kd_host, cancelled, 40);
AT(kd_host, ext, 48);

SIZE(kd_have, 24);
AT(kd_have, size, 0);
AT(kd_have, memo_size, 4);
AT(kd_have, revision, 8);
AT(kd_have, memo, 16);

SIZE(kd_item, 48);
AT(kd_item, size, 0);
AT(kd_item, reserved, 4);
AT(kd_item, key, 8);
AT(kd_item, origin, 16);
AT(kd_item, revision, 24);
AT(kd_item, bytes, 32);
AT(kd_item, length, 40);

SIZE(kd_out, 56);
AT(kd_out, size, 0);
AT(kd_out, reserved, 4);
AT(kd_out, ctx, 8);
AT(kd_out, put, 16);
AT(kd_out, error, 24);
AT(kd_out, revision, 32);
AT(kd_out, memo, 40);
AT(kd_out, next_ms, 48);

SIZE(kd_source, 80);
AT(kd_source, size, 0);
AT(kd_source, flags, 4);
AT(kd_source, id, 8);
AT(kd_source, version, 16);
AT(kd_source, description, 24);
AT(kd_source, settings, 32);
AT(kd_source, settings_count, 40);
AT(kd_source, reserved, 44);
AT(kd_source, init, 48);
AT(kd_source, reconcile, 56);
AT(kd_source, shutdown, 64);
AT(kd_source, ext, 72);
#endif

SIZE(kd_note, 44);
AT(kd_note, name_size, 0);
AT(kd_note, desc_size, 4);
AT(kd_note, type, 8);
AT(kd_note, name, 12);
AT(kd_note, magic, 28);
AT(kd_note, major, 32);
AT(kd_note, minor, 36);
AT(kd_note, flags, 40);

NUMBER(KD_ABI_MAJOR, 1);
NUMBER(KD_NOTE_MAGIC, 0x6b647372);
NUMBER(KD_NOTE_TYPE, 1);
NUMBER(KD_NOTE_DESC, 16);
NUMBER(KD_NOTE_NETWORK, 1);
NUMBER(sizeof(KD_NOTE_NAME), 15);

/* limits may rise in a later minor, and never sink */
KD_STATIC_ASSERT(KD_ITEMS_MAX >= 10000, "KD_ITEMS_MAX");
KD_STATIC_ASSERT(KD_ITEM_BYTES_MAX >= 1048576, "KD_ITEM_BYTES_MAX");
KD_STATIC_ASSERT(KD_SET_BYTES_MAX >= 67108864, "KD_SET_BYTES_MAX");
KD_STATIC_ASSERT(KD_KEY_MAX >= 255, "KD_KEY_MAX");
KD_STATIC_ASSERT(KD_ORIGIN_MAX >= 4095, "KD_ORIGIN_MAX");
KD_STATIC_ASSERT(KD_TEXT_MAX >= 1023, "KD_TEXT_MAX");
KD_STATIC_ASSERT(KD_MEMO_MAX >= 4096, "KD_MEMO_MAX");
KD_STATIC_ASSERT(KD_SETTINGS_MAX >= 64, "KD_SETTINGS_MAX");

NUMBER(KD_TYPE_STRING, 1);
NUMBER(KD_TYPE_INTEGER, 2);
NUMBER(KD_TYPE_BOOLEAN, 3);
NUMBER(KD_TYPE_DURATION, 4);
NUMBER(KD_TYPE_SIZE, 5);
NUMBER(KD_TYPE_PATH, 6);
NUMBER(KD_TYPE_FILE, 7);
NUMBER(KD_SETTING_REQUIRED, 1);
NUMBER(KD_SETTING_HOW, 2);
NUMBER(KD_LOG_ERROR, 0);
NUMBER(KD_LOG_WARNING, 1);
NUMBER(KD_LOG_INFO, 2);
NUMBER(KD_LOG_DEBUG, 3);
NUMBER(KD_OK, 0);
NUMBER(KD_COMPLETE, 1);
NUMBER(KD_UNCHANGED, 2);
NUMBER(KD_RETRY, 3);
NUMBER(KD_FATAL, 4);
NUMBER(KD_FLAG_RESIDENT, 1);
NUMBER(KD_HOST_STAYS, 1);

#endif
