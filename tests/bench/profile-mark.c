// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program for the guest that does nothing, at an address that nothing else
 * is at: the plugin sees when it runs.
 */
void _start(void)
{
	/* exit(0) */
	asm volatile("syscall" : : "a" (60), "D" (0));
}
