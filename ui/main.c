/* main: options in, front end chosen. */
int main(void)
{
    return 0;
}
