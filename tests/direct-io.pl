#!/usr/bin/perl
# direct-io.pl DEVICE TRUTH [SECRET]: does the O_DIRECT requests that it is told to, one a line, and says how each ended.
# The lines are
#   read POSITION SHIFT+LENGTH...     write POSITION SHIFT+LENGTH...
# One request at byte POSITION, whose buffer is made of these pieces: LENGTH bytes that begin SHIFT bytes after the start
# of a page. (dd and the like align their buffers, and that hides what is tested here.)
# TRUTH is a file with what the device should hold: reads are compared with it, writes are random and update it. The
# answer is right, wrong, or the name of the error; or SECRET, if a read that has failed has left that in the buffer.
use strict;
use warnings;
use Errno;
use Fcntl;

use constant { MMAP => 9, MUNMAP => 11, PREADV => 295, PWRITEV => 296, PAGE => 4096 };	# x86-64
$| = 1;

my ($device, $truth, $secret) = @ARGV;
sysopen(my $file, $device, O_DIRECT | O_RDWR) or die "$device: $!\n";
sysopen(my $true, $truth, O_RDWR) or die "$truth: $!\n";
sysopen(my $random, '/dev/urandom', O_RDONLY) or die "urandom: $!\n";

while (<STDIN>) {
	my ($action, $position, @pieces) = split;
	my ($total, @buffers, @maps) = 0;
	for (@pieces) {
		my ($shift, $length) = /^(\d+)\+(\d+)$/ or die "not SHIFT+LENGTH: $_\n";
		my $size = (int(($shift + $length) / PAGE) + 1) * PAGE;
		my $address = syscall(MMAP, 0, $size, 3, 0x22, -1, 0);	# readable and writable, private and anonymous
		die "mmap: $!\n" if $address == -1;
		push @maps, [$address, $size];
		push @buffers, [$address + $shift, $length];
		$total += $length;
	}
	if ($action eq 'write') {
		# straight into the buffers, perl's own are where perl likes
		for (@buffers) { syscall(0, fileno $random, @$_) == $_->[1] or die "urandom: $!\n" }
	}
	my $vector = join '', map { pack 'JJ', @$_ } @buffers;
	my $done = syscall($action eq 'write' ? PWRITEV : PREADV, fileno $file, $vector, scalar @buffers, $position + 0, 0);
	if ($done == -1) {
		my ($name) = grep { $!{$_} } sort keys %!;
		my $left = join '', map { unpack 'P' . $_->[1], pack 'J', $_->[0] } @buffers;
		print defined $secret && index($left, $secret) >= 0 ? $secret : $name, "\n";
	} elsif ($done != $total) {
		print "only $done of $total bytes\n";
	} else {
		my $data = join '', map { unpack 'P' . $_->[1], pack 'J', $_->[0] } @buffers;
		my $wanted;
		sysseek $true, $position, 0;
		if ($action eq 'write') {
			syswrite($true, $data) == $total or die "$truth: $!\n";
			print "right\n";
		} else {
			sysread($true, $wanted, $total) == $total or die "$truth: too short\n";
			print $data eq $wanted ? "right\n" : "wrong\n";
		}
	}
	syscall(MUNMAP, @$_) for @maps;
}
