// SPDX-License-Identifier: GPL-3.0-or-later
// GMime made ready, for the files of this folder that are its door; no other
// file includes this.
//
// GMime and what it stands on are loaded by the first call, not with the program:
// their twenty libraries would take longer than everything else until the first
// picture. So each function that is used stands in the list and in the names
// below; one that is missing there is an undefined reference of the program.
#ifndef MAIL_GMIME_H
#define MAIL_GMIME_H

#include "base/door.h"

#include <gmime/gmime.h>

#define GMIME_FUNCTIONS(X) \
	X(g_mime_content_disposition_get_disposition) \
	X(g_mime_content_disposition_get_parameter) \
	X(g_mime_content_disposition_parse) X(g_mime_content_type_get_media_subtype) \
	X(g_mime_content_type_get_media_type) X(g_mime_content_type_get_parameter) \
	X(g_mime_content_type_parse) X(g_mime_data_wrapper_new_with_stream) \
	X(g_mime_encoding_flush) X(g_mime_encoding_init_decode) \
	X(g_mime_encoding_outlen) X(g_mime_encoding_step) \
	X(g_mime_format_options_free) X(g_mime_format_options_new) \
	X(g_mime_format_options_set_newline_format) X(g_mime_init) \
	X(g_mime_message_get_addresses) X(g_mime_message_new) \
	X(g_mime_message_set_date) X(g_mime_message_set_message_id) \
	X(g_mime_message_set_mime_part) X(g_mime_message_set_subject) \
	X(g_mime_multipart_add) X(g_mime_multipart_new_with_subtype) \
	X(g_mime_multipart_set_boundary) X(g_mime_object_get_type) \
	X(g_mime_object_set_content_type_parameter) X(g_mime_object_set_disposition) \
	X(g_mime_object_set_header) X(g_mime_object_write_to_stream) \
	X(g_mime_parser_options_new) X(g_mime_parser_options_set_fallback_charsets) \
	X(g_mime_part_new_with_type) X(g_mime_part_set_content) \
	X(g_mime_part_set_content_encoding) X(g_mime_part_set_filename) \
	X(g_mime_stream_mem_get_byte_array) X(g_mime_stream_mem_get_type) \
	X(g_mime_stream_mem_new) X(g_mime_stream_mem_new_with_buffer) \
	X(g_mime_utils_header_decode_date) X(g_mime_utils_header_decode_text) \
	X(internet_address_get_name) X(internet_address_group_get_members) \
	X(internet_address_group_get_type) X(internet_address_group_new) \
	X(internet_address_list_add) X(internet_address_list_get_address) \
	X(internet_address_list_length) X(internet_address_list_parse) \
	X(internet_address_mailbox_get_addr) X(internet_address_mailbox_get_type) \
	X(internet_address_mailbox_new) \
	X(g_base64_encode) X(g_date_time_get_utc_offset) \
	X(g_date_time_new_from_unix_utc) X(g_date_time_to_timezone) \
	X(g_date_time_to_unix) X(g_date_time_unref) X(g_free) \
	X(g_time_zone_new_offset) X(g_time_zone_unref) \
	X(g_object_unref) X(g_type_check_instance_cast) X(g_type_check_instance_is_a)

struct gmime_table {
	struct door_stamp stamp;   // first
	GMIME_FUNCTIONS(DOOR_MEMBER)
};
extern const struct gmime_table gmime_table;   // only where it is linked (doors.c)

const struct gmime_table *gmime_door(void);    // never NULL; any thread

// Starts GMime at the first call, from whatever thread it comes (1.4 ms, then
// nothing), and gives the options for its parsers: they are never changed
// afterwards, so threads may share them.
GMimeParserOptions *gmime_ready(void);

#ifndef DOOR_TABLES
#define g_mime_content_disposition_get_disposition (gmime_door()->g_mime_content_disposition_get_disposition)
#define g_mime_content_disposition_get_parameter (gmime_door()->g_mime_content_disposition_get_parameter)
#define g_mime_content_disposition_parse (gmime_door()->g_mime_content_disposition_parse)
#define g_mime_content_type_get_media_subtype (gmime_door()->g_mime_content_type_get_media_subtype)
#define g_mime_content_type_get_media_type (gmime_door()->g_mime_content_type_get_media_type)
#define g_mime_content_type_get_parameter (gmime_door()->g_mime_content_type_get_parameter)
#define g_mime_content_type_parse (gmime_door()->g_mime_content_type_parse)
#define g_mime_data_wrapper_new_with_stream (gmime_door()->g_mime_data_wrapper_new_with_stream)
#define g_mime_encoding_flush (gmime_door()->g_mime_encoding_flush)
#define g_mime_encoding_init_decode (gmime_door()->g_mime_encoding_init_decode)
#define g_mime_encoding_outlen (gmime_door()->g_mime_encoding_outlen)
#define g_mime_encoding_step (gmime_door()->g_mime_encoding_step)
#define g_mime_format_options_free (gmime_door()->g_mime_format_options_free)
#define g_mime_format_options_new (gmime_door()->g_mime_format_options_new)
#define g_mime_format_options_set_newline_format (gmime_door()->g_mime_format_options_set_newline_format)
#define g_mime_init (gmime_door()->g_mime_init)
#define g_mime_message_get_addresses (gmime_door()->g_mime_message_get_addresses)
#define g_mime_message_new (gmime_door()->g_mime_message_new)
#define g_mime_message_set_date (gmime_door()->g_mime_message_set_date)
#define g_mime_message_set_message_id (gmime_door()->g_mime_message_set_message_id)
#define g_mime_message_set_mime_part (gmime_door()->g_mime_message_set_mime_part)
#define g_mime_message_set_subject (gmime_door()->g_mime_message_set_subject)
#define g_mime_multipart_add (gmime_door()->g_mime_multipart_add)
#define g_mime_multipart_new_with_subtype (gmime_door()->g_mime_multipart_new_with_subtype)
#define g_mime_multipart_set_boundary (gmime_door()->g_mime_multipart_set_boundary)
#define g_mime_object_get_type (gmime_door()->g_mime_object_get_type)
#define g_mime_object_set_content_type_parameter (gmime_door()->g_mime_object_set_content_type_parameter)
#define g_mime_object_set_disposition (gmime_door()->g_mime_object_set_disposition)
#define g_mime_object_set_header (gmime_door()->g_mime_object_set_header)
#define g_mime_object_write_to_stream (gmime_door()->g_mime_object_write_to_stream)
#define g_mime_parser_options_new (gmime_door()->g_mime_parser_options_new)
#define g_mime_parser_options_set_fallback_charsets (gmime_door()->g_mime_parser_options_set_fallback_charsets)
#define g_mime_part_new_with_type (gmime_door()->g_mime_part_new_with_type)
#define g_mime_part_set_content (gmime_door()->g_mime_part_set_content)
#define g_mime_part_set_content_encoding (gmime_door()->g_mime_part_set_content_encoding)
#define g_mime_part_set_filename (gmime_door()->g_mime_part_set_filename)
#define g_mime_stream_mem_get_byte_array (gmime_door()->g_mime_stream_mem_get_byte_array)
#define g_mime_stream_mem_get_type (gmime_door()->g_mime_stream_mem_get_type)
#define g_mime_stream_mem_new (gmime_door()->g_mime_stream_mem_new)
#define g_mime_stream_mem_new_with_buffer (gmime_door()->g_mime_stream_mem_new_with_buffer)
#define g_mime_utils_header_decode_date (gmime_door()->g_mime_utils_header_decode_date)
#define g_mime_utils_header_decode_text (gmime_door()->g_mime_utils_header_decode_text)
#define internet_address_get_name (gmime_door()->internet_address_get_name)
#define internet_address_group_get_members (gmime_door()->internet_address_group_get_members)
#define internet_address_group_get_type (gmime_door()->internet_address_group_get_type)
#define internet_address_group_new (gmime_door()->internet_address_group_new)
#define internet_address_list_add (gmime_door()->internet_address_list_add)
#define internet_address_list_get_address (gmime_door()->internet_address_list_get_address)
#define internet_address_list_length (gmime_door()->internet_address_list_length)
#define internet_address_list_parse (gmime_door()->internet_address_list_parse)
#define internet_address_mailbox_get_addr (gmime_door()->internet_address_mailbox_get_addr)
#define internet_address_mailbox_get_type (gmime_door()->internet_address_mailbox_get_type)
#define internet_address_mailbox_new (gmime_door()->internet_address_mailbox_new)
#define g_base64_encode (gmime_door()->g_base64_encode)
#define g_date_time_get_utc_offset (gmime_door()->g_date_time_get_utc_offset)
#define g_date_time_new_from_unix_utc (gmime_door()->g_date_time_new_from_unix_utc)
#define g_date_time_to_timezone (gmime_door()->g_date_time_to_timezone)
#define g_date_time_to_unix (gmime_door()->g_date_time_to_unix)
#define g_date_time_unref (gmime_door()->g_date_time_unref)
#define g_free (gmime_door()->g_free)
#define g_time_zone_new_offset (gmime_door()->g_time_zone_new_offset)
#define g_time_zone_unref (gmime_door()->g_time_zone_unref)
#define g_object_unref (gmime_door()->g_object_unref)
#define g_type_check_instance_cast (gmime_door()->g_type_check_instance_cast)
#define g_type_check_instance_is_a (gmime_door()->g_type_check_instance_is_a)
#endif

#endif
