#!/usr/bin/perl
# buffer-changed-in-flight.pl DEVICE write|read BATCHES DISK-FILE...: batches of 16 O_DIRECT requests of 4 to 64 KiB that do not
# overlap, all from or into one buffer that another process changes all the time. Prints the number of
# blocks of 4 KiB that were asked for, then in how many batches requests failed, and after how many the disks differed.
# buffer-changed-in-flight.pl FILE mmap SYNCS: changes the first MiB of a file all the time through a mapping, and has it
# written out so often meanwhile.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use aio;

use constant { REQUESTS => 16, MOST => 65536, MSYNC => 26, MS_SYNC => 4 };

sub direct {
	my ($device, $action, $batches, @names) = @_;
	sysopen my $file, $device, O_DIRECT | O_RDWR or die "$device: $!\n";
	my @disks = map { open my $disk, '<:raw', $_ or die "$_: $!\n"; $disk } @names;
	my $buffer = aio::memory(MOST);
	my $scribbler = aio::scribble($buffer, MOST);
	my $aio = aio->new(REQUESTS);
	my ($failed, $different, $blocks) = (0, 0, 0);
	for (1 .. $batches) {
		my @requests = map { [$_, $action, $file, $buffer, 4096 * (1 + int rand 16), MOST * $_] } 0 .. REQUESTS - 1;
		$blocks += $_->[4] / 4096 for @requests;
		$aio->submit(@requests);
		$failed++ if grep { $_->[1] != $requests[$_->[0]][4] } $aio->wait(REQUESTS);
		next if $action eq 'read';
		my @held = map { my $held; sysseek $_, 0, 0; sysread $_, $held, REQUESTS * MOST; $held } @disks;
		$different++ if grep { $_ ne $held[0] } @held;
	}
	die "the scribbler has died\n" if !kill KILL => $scribbler;
	waitpid $scribbler, 0;
	print "$blocks\nbatches $batches, with failures $failed, after which the legs differed $different\n";
}

sub mapped {
	my ($name, $syncs) = @_;
	my $bytes = 1 << 20;
	open my $file, '+<:raw', $name or die "$name: $!\n";
	my $address = aio::memory($bytes, $file);
	my $scribbler = aio::scribble($address, $bytes);
	for (1 .. $syncs) {
		syscall(MSYNC, $address, $bytes, MS_SYNC) == 0 or die "msync: $!\n";
	}
	die "the scribbler has died\n" if !kill KILL => $scribbler;
	waitpid $scribbler, 0;
}

my ($name, $action, $count, @disks) = @ARGV;
srand 1;
if ($action eq 'mmap') { mapped($name, $count) } else { direct($name, $action, $count, @disks) }
