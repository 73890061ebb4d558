#!/usr/bin/perl
# range-lock-cost.pl: how many instructions a write of 4 KiB takes, in a guest whose clock counts them (run --icount).
# Three legs that do nothing. The least of several rounds: what else the guest does only adds.
use strict;
use warnings;
use Fcntl;
use List::Util 'min';
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use lib '/repo/tests';
use aio;

use constant { PWRITE64 => 18, WRITES => 1000, BYTES => 4096 };

system('modprobe null_blk nr_devices=3 queue_mode=0 irqmode=0 gb=1 && modprobe dm-quorum') == 0 or exit 1;
my $table = '0 2097152 quorum 2 3 /dev/nullb0 0 /dev/nullb1 0 /dev/nullb2 0';
system("dmsetup --noudevsync --verifyudev create q --table '$table'") == 0 or exit 1;
sysopen my $file, '/dev/mapper/q', O_DIRECT | O_WRONLY or die "$!\n";
my $buffer = aio::memory(BYTES);
my $fd = fileno $file;
my @took;
for (1 .. 12) {
	my $began = clock_gettime(CLOCK_MONOTONIC);
	for my $n (0 .. WRITES - 1) {
		syscall(PWRITE64, $fd, $buffer, BYTES, $n * (1 << 20)) == BYTES or die "$!\n";
	}
	push @took, clock_gettime(CLOCK_MONOTONIC) - $began;
}
# one instruction is one nanosecond
printf "%.0f\n", min(@took) * 1e9 / WRITES;
