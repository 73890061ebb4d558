/* SPDX-License-Identifier: GPL-2.0-only */
/* The tests of vote-test.c. What VOTE_TEST() makes of each is up to who includes this. */
VOTE_TEST(crc32c_known_answers)
VOTE_TEST(forged_crcs_collide)
VOTE_TEST(answers_by_hand)
VOTE_TEST(every_split_of_legs)
VOTE_TEST(parts_of_a_page)
VOTE_TEST(forged_part_of_a_page)
VOTE_TEST(a_version_is_chosen)
VOTE_TEST(first_difference)
VOTE_TEST(every_byte_counts)
