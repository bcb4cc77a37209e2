// SPDX-License-Identifier: GPL-2.0
/*
 * headlab: two SPI controllers with nothing but a recorder at their ends, /dev/spidevB.0 each, for the laboratory's
 * print head. What is clocked out takes as long as its clock says.
 *
 * /dev/headlab tells, in the order in which it happened, what was clocked out on either and what was set on any GPIO
 * line of the kernel. Each record: le64 time in ns (CLOCK_MONOTONIC), le32 kind, le32 a, le32 b, le32 length, data.
 * Kinds: 0 and 1 are transfers on the first and second controller (a: Hz, b: 0), begun at that time; 2 is a line set
 * (a: its number in the kernel, b: its level).
 */
#include <linux/delay.h>
#include <linux/kfifo.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/spi/spi.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#define FIFO_SIZE (8 << 20)
#define BUSES 2
#define LINE_SET BUSES

struct head {
	__le64 time;
	__le32 kind, a, b, length;
} __packed;

static struct kfifo fifo;
static void *store;
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(wait);
static struct platform_device *devices[BUSES];
static struct tracepoint *gpio_value;

static void record(u64 time, u32 kind, u32 a, u32 b, const void *data, u32 length)
{
	struct head head = { cpu_to_le64(time), cpu_to_le32(kind), cpu_to_le32(a), cpu_to_le32(b), cpu_to_le32(length) };
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	if (kfifo_avail(&fifo) >= sizeof(head) + length) {
		kfifo_in(&fifo, (u8 *)&head, sizeof(head));
		if (length)
			kfifo_in(&fifo, (u8 *)data, length);
	}
	spin_unlock_irqrestore(&lock, flags);
	wake_up_interruptible(&wait);
}

static int transfer(struct spi_controller *c, struct spi_device *spi, struct spi_transfer *t)
{
	u32 which = *(u32 *)spi_controller_get_devdata(c);
	u64 began = ktime_get_ns();

	if (t->tx_buf)
		record(began, which, t->speed_hz, 0, t->tx_buf, t->len);
	if (t->rx_buf)
		memset(t->rx_buf, 0, t->len);
	fsleep(DIV_ROUND_UP_ULL(8000000ULL * t->len, t->speed_hz));
	return 0;
}

static int probe(struct platform_device *p)
{
	/* a name from spidev's own table: "spidev" itself is refused */
	struct spi_board_info board = { .modalias = "sx1301", .max_speed_hz = 50000000 };
	struct spi_controller *c = devm_spi_alloc_master(&p->dev, sizeof(u32));
	int rc;

	if (!c)
		return -ENOMEM;
	*(u32 *)spi_controller_get_devdata(c) = p->id;
	c->bits_per_word_mask = SPI_BPW_MASK(8);
	c->max_speed_hz = 50000000;
	c->num_chipselect = 1;
	c->transfer_one = transfer;
	c->bus_num = -1;
	rc = devm_spi_register_controller(&p->dev, c);
	if (rc)
		return rc;
	return spi_new_device(c, &board) ? 0 : -ENODEV;
}

/* The tracepoint gpio:gpio_value, which the kernel calls for every line that is set or read. */
static void on_gpio(void *unused, unsigned int gpio, int get, int value)
{
	if (!get)
		record(ktime_get_ns(), LINE_SET, gpio, !!value, NULL, 0);
}

static void find_gpio(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "gpio_value"))
		gpio_value = point;
}

static ssize_t lab_read(struct file *f, char __user *to, size_t n, loff_t *pos)
{
	static u8 part[4096];
	unsigned long flags;
	unsigned int got;

	if (kfifo_is_empty(&fifo))
		return 0;
	spin_lock_irqsave(&lock, flags);
	got = kfifo_out(&fifo, part, min(n, sizeof(part)));
	spin_unlock_irqrestore(&lock, flags);
	return copy_to_user(to, part, got) ? -EFAULT : got;
}

static const struct file_operations lab_fops = { .owner = THIS_MODULE, .read = lab_read };
static struct miscdevice lab_misc = { MISC_DYNAMIC_MINOR, "headlab", &lab_fops };
static struct platform_driver lab_driver = { .probe = probe, .driver = { .name = "headlab" } };

static int __init lab_init(void)
{
	int rc = -ENOMEM, i;

	store = vmalloc(FIFO_SIZE);
	if (!store)
		return rc;
	kfifo_init(&fifo, store, FIFO_SIZE);
	for_each_kernel_tracepoint(find_gpio, NULL);
	rc = gpio_value ? tracepoint_probe_register(gpio_value, on_gpio, NULL) : -ENOENT;
	if (rc)
		goto free;
	rc = misc_register(&lab_misc);
	if (rc)
		goto trace;
	rc = platform_driver_register(&lab_driver);
	if (rc)
		goto misc;
	for (i = 0; i < BUSES; i++) {
		devices[i] = platform_device_register_simple("headlab", i, NULL, 0);
		rc = PTR_ERR_OR_ZERO(devices[i]);
		if (rc)
			goto devices;
	}
	return 0;
devices:
	while (i--)
		platform_device_unregister(devices[i]);
	platform_driver_unregister(&lab_driver);
misc:
	misc_deregister(&lab_misc);
trace:
	tracepoint_probe_unregister(gpio_value, on_gpio, NULL);
	tracepoint_synchronize_unregister();
free:
	vfree(store);
	return rc;
}

static void __exit lab_exit(void)
{
	int i;

	for (i = 0; i < BUSES; i++)
		platform_device_unregister(devices[i]);
	platform_driver_unregister(&lab_driver);
	misc_deregister(&lab_misc);
	tracepoint_probe_unregister(gpio_value, on_gpio, NULL);
	tracepoint_synchronize_unregister();
	vfree(store);
}

module_init(lab_init);
module_exit(lab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SPI controllers and a recorder for the laboratory's print head");
