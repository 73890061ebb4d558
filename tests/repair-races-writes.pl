#!/usr/bin/perl
# repair-races-writes.pl DEVICE ROUNDS DISK-FILE...: in each round the second disk is corrupted, and reads that will find
# that are sent together with two overlapping writes. Once all have ended, each sector of every disk must come to hold what
# one of the last writes to it wrote, and stay so. Prints what is not so, and in the end what was done.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use Time::HiRes 'sleep';
use aio;

use constant { BLOCKS => 16, BYTES => 4096, READS => 6 };

my ($device, $rounds, @names) = @ARGV;
srand 1;
sysopen my $file, $device, O_DIRECT | O_RDWR or die "$device: $!\n";
my @disks = map { open my $disk, '+<:raw', $_ or die "$_: $!\n"; $disk } @names;
my $aio = aio->new(READS + 2);
my $area = BLOCKS * BYTES;
my $buffer = aio::memory((READS + 2) * $area);
my $source = aio::source('');
my ($failed, $undone) = (0, 0);

sub held { my $held; sysseek $_[0], 0, 0; sysread $_[0], $held, $area; $held }

for my $round (1 .. $rounds) {
	my ($early, $late) = (2 * $round, 2 * $round + 1);
	aio::refill($source, join '', map { pack('L', $_) x ($area / 4) } $early, $late);
	aio::store($buffer, $source, 0, 2 * $area);
	# some blocks of one leg, so that the others are a majority without it
	for my $block (grep { rand() < 0.5 } 0 .. BLOCKS - 1) {
		sysseek $disks[1], $block * BYTES, 0;
		syswrite $disks[1], pack('L', ~$round & 0xffffffff) x (BYTES / 4);
	}
	# the first blocks are written first by one, then by the other; the last by nobody
	my ($middle, $end) = (4 * BYTES, 12 * BYTES);
	my @reads = map { [$_, 'read', $file, $buffer + (2 + $_) * $area, $area, 0] } 0 .. READS - 1;
	my @writes = (
		[READS, 'write', $file, $buffer, $end, 0],
		[READS + 1, 'write', $file, $buffer + $area, $end - $middle, $middle]);
	my %bytes = map { $_->[0] => $_->[4] } @reads, @writes;

	# while some legs have been written and others have not
	my $before = held($disks[0]);
	$aio->submit(shift @reads, $writes[0], shift @reads, $writes[1]);
	for my $read (@reads) {
		sleep 0.002;
		$aio->submit($read);
	}
	for ($aio->wait(READS + 2)) {
		my ($tag, $result) = @$_;
		next if $result == $bytes{$tag};
		print "round $round: request $tag ended with $result\n" if $failed++ < 5;
	}

	# repairs may go on for a while after the reads
	my $right = sub {
		my @held = map { held($_) } @disks;
		return if grep { $_ ne $held[0] } @held;
		my $last = unpack 'L', substr $held[0], $middle, 4;
		return if $last != $early && $last != $late;
		return substr($held[0], 0, $middle) eq pack('L', $early) x ($middle / 4)
			&& substr($held[0], $middle, $end - $middle) eq pack('L', $last) x (($end - $middle) / 4)
			&& substr($held[0], $end) eq substr($before, $end);
	};
	my $deadline = time + ($undone ? 5 : 300);
	sleep 0.01 until $right->() || time > $deadline;
	sleep 0.02;
	next if $right->();
	print "round $round: a leg does not hold what was written\n" if $undone++ < 5;
}
print "rounds $rounds, requests that failed $failed, writes undone $undone\n";
